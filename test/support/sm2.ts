// An SM2 key pair and decryption by OpenSSL's command line: an implementation that has nothing to do with ours.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Test } from 'tap'

/** Why SM2 cannot be checked here, for `skip`; false when it can. */
export const withoutSm2: string | false =
  spawnSync('openssl', ['genpkey', '-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:SM2']).status === 0
    ? false
    : 'no openssl with SM2'

export interface Sm2Key {
  /** PEM. */
  readonly publicKey: string
  /** Opens C1 ‖ C3 ‖ C2, without the 0x04 of the point. Throws when it does not open. */
  openRaw(blob: Buffer): Buffer
  /** Opens the same in ASN.1. */
  openAsn1(blob: Buffer): Buffer
}

/** A fresh key pair, gone with the test. */
export function createSm2Key(t: Test): Sm2Key {
  const folder = mkdtempSync(join(tmpdir(), 'p11kms-sm2-'))
  t.teardown(() => rmSync(folder, { recursive: true }))
  const key = join(folder, 'key.pem')
  const file = join(folder, 'blob')
  writeFileSync(key, openssl('genpkey', '-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:SM2'))
  const openAsn1 = (der: Buffer) => {
    writeFileSync(file, der)
    return openssl('pkeyutl', '-decrypt', '-inkey', key, '-in', file)
  }
  return {
    publicKey: openssl('pkey', '-in', key, '-pubout').toString(),
    openAsn1,
    openRaw: (raw) => openAsn1(toAsn1(raw)),
  }
}

function openssl(...args: string[]): Buffer {
  const { status, stdout, stderr } = spawnSync('openssl', args)
  if (status !== 0) throw new Error(stderr.toString())
  return stdout
}

/** The DER that OpenSSL reads, of a raw C1 ‖ C3 ‖ C2. */
function toAsn1(raw: Buffer): Buffer {
  const [x, y, c3, c2] = [raw.subarray(0, 32), raw.subarray(32, 64), raw.subarray(64, 96), raw.subarray(96)]
  return element(0x30, Buffer.concat([integer(x), integer(y), element(0x04, c3), element(0x04, c2)]))
}

function integer(bytes: Buffer): Buffer {
  let start = 0
  while (start < bytes.length - 1 && bytes[start] === 0) start++
  const body = bytes.subarray(start)
  return element(0x02, (body[0] ?? 0) >= 0x80 ? Buffer.concat([Buffer.of(0), body]) : body)
}

function element(tag: number, body: Buffer): Buffer {
  const { length } = body
  const head = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 255]
  return Buffer.concat([Buffer.of(tag, ...head), body])
}
