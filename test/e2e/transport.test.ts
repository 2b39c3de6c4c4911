// TLS and mutual TLS on the listener: real handshakes with certificates made by openssl.
import { readFileSync } from 'node:fs'
import { request } from 'node:https'
import { connect, type SecureVersion } from 'node:tls'
import t, { type Test } from 'tap'
import { editConfig } from '../../src/config.ts'
import { makeCertificates } from '../support/certificates.ts'
import { tencentRequest } from '../support/raw.ts'
import { makeHome, type TestHome } from '../support/server.ts'

async function startTls(t: Test, mutual: boolean) {
  const folder = t.testdir()
  const server = makeCertificates(folder, 'server')
  const client = makeCertificates(folder, 'client')
  const home = makeHome(t)
  await home.run('init')
  const { cert, key } = server
  editConfig(home.home, ['listen', 'tls'], { cert, key, ...(mutual ? { clientCa: client.ca } : {}) })
  const running = await home.serve()
  return { home, running, ca: readFileSync(server.ca), client }
}

/** A signed GenerateDataKey over TLS; the status and body, or the error. */
function ask(home: TestHome, url: string, options: object): Promise<{ status: number; body: string }> {
  const credentials = { ...home.credentials(), endpoint: url }
  const input = { KeyId: credentials.keyId, KeySpec: 'AES_256' }
  const { method, path, headers, body } = tencentRequest(credentials, 'GenerateDataKey', input)
  return new Promise((resolve, reject) => {
    const sent = request(`${url}${path}`, { method, headers, agent: false, ...options }, (response) => {
      let text = ''
      response.on('data', (chunk: Buffer) => {
        text += chunk.toString()
      })
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body: text }))
      response.on('error', reject)
    })
    sent.on('error', reject)
    sent.end(body)
  })
}

t.test('TLS: a client that trusts the CA is served, others and old versions are not', async (t) => {
  const { home, running, ca } = await startTls(t, false)
  t.match(running.url, /^https:\/\/127\.0\.0\.1:\d+$/)
  t.match(await ask(home, running.url, { ca }), { status: 200, body: /"Plaintext"/ })
  await t.rejects(ask(home, running.url, {}), /certificate/)
  const old = { minVersion: 'TLSv1' as SecureVersion, maxVersion: 'TLSv1.1' as SecureVersion }
  const refused = await new Promise((resolve) => {
    const socket = connect({ port: Number(new URL(running.url).port), rejectUnauthorized: false, ...old })
    socket.once('secureConnect', () => resolve(false))
    socket.once('error', () => resolve(true))
  })
  t.ok(refused)
})

t.test('mutual TLS: only who has a certificate of the clients’ CA is heard', async (t) => {
  const { home, running, ca, client } = await startTls(t, true)
  const own = { cert: readFileSync(client.cert), key: readFileSync(client.key) }
  t.match(await ask(home, running.url, { ca, ...own }), { status: 200, body: /"Plaintext"/ })
  await t.rejects(ask(home, running.url, { ca }))
  const stranger = makeCertificates(t.testdir({}), 'stranger')
  const theirs = { cert: readFileSync(stranger.cert), key: readFileSync(stranger.key) }
  await t.rejects(ask(home, running.url, { ca, ...theirs }))
})

t.test('a certificate that is not there stops the start with the option’s name', async (t) => {
  const home = makeHome(t)
  await home.run('init')
  editConfig(home.home, ['listen', 'tls'], { cert: 'none.pem', key: 'none.pem' })
  const { code, stderr } = await home.run('serve')
  t.equal(code, 1)
  t.match(stderr, /^p11kms: config: listen\.tls\.cert: .*none\.pem cannot be read\n$/)
})
