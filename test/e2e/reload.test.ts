// SIGHUP: the configuration is read anew, and clients notice nothing but what was to change.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { connect } from 'node:tls'
import t from 'tap'
import { editConfig } from '../../src/config.ts'
import { makeCertificates } from '../support/certificates.ts'
import { startPressure } from '../support/pressure.ts'
import { send } from '../support/raw.ts'
import { makeHome, startHome, type TestServer } from '../support/server.ts'
import { eventually } from '../support/until.ts'

const two = { P11KMS_WORKERS: '2' }
const lines = (server: TestServer, text: string) => server.output.filter((line) => line.includes(text))

t.test(
  'SIGHUP with a new certificate under load: every worker shows it, no connection is refused or cut',
  async (t) => {
    const folder = t.testdir()
    const certificates = [makeCertificates(folder, 'first'), makeCertificates(folder, 'second')] as const
    const live = { cert: join(folder, 'cert.pem'), key: join(folder, 'key.pem') }
    const install = (index: 0 | 1) => {
      for (const name of ['cert', 'key'] as const)
        writeFileSync(live[name], readFileSync(certificates[index][name]), { mode: 0o600 })
    }
    install(0)
    const home = makeHome(t, two)
    await home.run('init')
    editConfig(home.home, ['listen', 'tls'], live)
    const server = await home.serve()
    const ca = () => certificates.map(({ ca: file }) => readFileSync(file))
    const load = startPressure(home.credentials(), { ca })
    await eventually(() => load.served > 50)
    const old = server.workerPids()
    install(1)
    server.process.kill('SIGHUP')
    t.ok(await eventually(() => lines(server, 'workers renewed').length === 1))
    const before = load.served
    t.ok(await eventually(() => load.served > before + 50))
    await load.stop()
    t.match(load, { wrong: [], failed: [] }, `${load.served} served`)
    t.same(
      server.workerPids().filter((pid) => old.includes(pid)),
      [],
    )
    const shown = await Promise.all(Array.from({ length: 10 }, () => issuer(server, ca())))
    t.same([...new Set(shown)], ['second CA'])
  },
)

t.test('a new configuration that cannot be used is said, and the old one stays', async (t) => {
  const home = await startHome(t, two)
  const { server } = home
  const file = join(home.home, 'config.yaml')
  const good = readFileSync(file)
  const pids = server.workerPids()
  writeFileSync(file, 'workers: many\n')
  server.process.kill('SIGHUP')
  t.ok(await eventually(() => lines(server, 'configuration not read anew, the old one stays').length === 1))
  writeFileSync(file, good)
  editConfig(home.home, ['clusters', 0, 'members', 0, 'token'], 'nobody')
  server.process.kill('SIGHUP')
  t.ok(await eventually(() => lines(server, 'the old one stays').length === 2))
  t.match(lines(server, 'no worker starts with the new configuration'), [/there is no such token/])
  const now = server.workerPids()
  t.ok(pids.every((pid) => now.includes(pid)))
  writeFileSync(file, good)
  editConfig(home.home, ['listen', 'host'], 'localhost')
  server.process.kill('SIGHUP')
  t.ok(await eventually(() => lines(server, 'workers renewed').length === 1))
  t.match(lines(server, 'take effect at the next start'), [/"options":\["listen\.host"\]/])
  t.equal((await send(server.host, { path: '/readyz' })).status, 200)
})

t.test('SIGHUP to one process: certificate, log level and rates', async (t) => {
  const folder = t.testdir()
  const certificates = [makeCertificates(folder, 'first'), makeCertificates(folder, 'second')] as const
  const home = makeHome(t)
  await home.run('init')
  const { cert, key } = certificates[0]
  editConfig(home.home, ['listen', 'tls'], { cert, key })
  const server = await home.serve()
  const ca = certificates.map(({ ca: file }) => readFileSync(file))
  t.equal(await issuer(server, ca), 'first CA')
  editConfig(home.home, ['listen', 'tls'], { cert: certificates[1].cert, key })
  server.process.kill('SIGHUP')
  t.ok(await eventually(() => lines(server, 'the certificate cannot be used').length === 1))
  t.equal(await issuer(server, ca), 'first CA', 'a certificate without its key changes nothing')
  editConfig(home.home, ['listen', 'tls'], { cert: certificates[1].cert, key: certificates[1].key })
  editConfig(home.home, ['log', 'level'], 'debug')
  editConfig(home.home, ['hsm', 'queue'], 7)
  server.process.kill('SIGHUP')
  t.ok(await eventually(() => lines(server, 'configuration read anew').length === 1))
  t.match(lines(server, 'take effect at the next start'), [/"options":\["hsm\.queue"\]/])
  t.equal(await issuer(server, ca), 'second CA')
  const load = startPressure(home.credentials(), { connections: 1, ca: () => ca })
  t.ok(await eventually(() => lines(server, '"msg":"request"').length > 0), 'debug has a line per request')
  await load.stop()
})

/** Who signed the certificate that a new connection is shown. */
function issuer(server: TestServer, ca: Buffer[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port: Number(new URL(server.url).port), host: '127.0.0.1', ca }, () => {
      resolve(String(socket.getPeerCertificate().issuer.CN))
      socket.destroy()
    })
    socket.once('error', reject)
  })
}
