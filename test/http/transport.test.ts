// Limits of the listener: what one address may hold, and TLS handshakes that never end.
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import t from 'tap'
import { createServer } from '../../src/http/server.ts'
import { createShares } from '../../src/http/shares.ts'
import { createTestTrail } from '../support/audit.ts'

t.test(
  'shares: each owner has so many, all together have so many, and what is given back counts again',
  async (t) => {
    const shares = createShares(3, 2)
    const first = shares.take('a')
    t.ok(first)
    t.ok(shares.take('a'))
    t.equal(shares.take('a'), undefined)
    const other = shares.take('b')
    t.ok(other)
    t.equal(shares.take('b'), undefined, 'all are held')
    first?.()
    t.ok(shares.take('b'))
    t.equal(shares.take('a'), undefined)
    other?.()
    t.ok(shares.take('a'))
  },
)

t.test('TLS: silence, a hello that is cut off, plain HTTP and garbage are all closed', async (t) => {
  const folder = t.testdir()
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')]
  const subject = ['-subj', '/CN=test', '-days', '2', '-keyout', key, '-out', cert]
  execFileSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', ...subject], { stdio: 'ignore' })
  const app = createServer({
    dialects: [],
    readiness: () => Promise.reject(new Error('not asked')),
    onRequest: () => {},
    audit: createTestTrail(),
    uses: { note: () => {} },
    brake: undefined,
    listens: true,
    limits: {
      headersTimeout: 1,
      requestTimeout: 2,
      idleTimeout: 1,
      connections: 10,
      connectionsPerAddress: 10,
    },
    tls: { key: readFileSync(key, 'utf8'), cert: readFileSync(cert, 'utf8') },
  })
  t.teardown(() => app.close())
  const port = Number(new URL(await app.listen({ host: '127.0.0.1', port: 0 })).port)
  const closed = (bytes: string) =>
    new Promise<void>((resolve) => {
      const socket = connect(port, '127.0.0.1')
      socket.on('error', () => {})
      socket.once('close', () => resolve())
      socket.resume()
      if (bytes !== '') socket.write(bytes, 'latin1')
    })
  const hello = '\x16\x03\x01\x02\x00\x01'
  await Promise.all(['', hello, 'GET / HTTP/1.1\r\n\r\n', `${hello}garbage`.repeat(100)].map(closed))
  const open = await new Promise((resolve) => app.server.getConnections((_error, count) => resolve(count)))
  t.equal(open, 0)
})
