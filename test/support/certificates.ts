// Certificates for tests, made by openssl.
import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** Files, PEM. */
export interface Certificates {
  readonly ca: string
  readonly cert: string
  readonly key: string
}

/** A CA and a certificate of it for 127.0.0.1, as files in a folder. */
export function makeCertificates(folder: string, name: string): Certificates {
  const file = (suffix: string) => join(folder, `${name}-${suffix}.pem`)
  const openssl = (...args: string[]) => {
    const { status, stderr } = spawnSync('openssl', args)
    if (status !== 0) throw new Error(stderr.toString())
  }
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes']
  openssl(
    'req',
    '-x509',
    ...curve,
    '-keyout',
    file('ca-key'),
    '-out',
    file('ca'),
    '-days',
    '2',
    '-subj',
    `/CN=${name} CA`,
  )
  openssl('req', ...curve, '-keyout', file('key'), '-out', file('request'), '-subj', `/CN=${name}`)
  const names = file('names')
  writeFileSync(names, 'subjectAltName=IP:127.0.0.1')
  openssl(
    ...[
      'x509',
      '-req',
      '-in',
      file('request'),
      '-CA',
      file('ca'),
      '-CAkey',
      file('ca-key'),
      '-CAcreateserial',
    ],
    ...['-out', file('cert'), '-days', '2', '-extfile', names],
  )
  return { ca: file('ca'), cert: file('cert'), key: file('key') }
}
