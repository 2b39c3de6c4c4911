// The end of a server: what is in flight is answered, and each answer ends its connection.
import { once } from 'node:events'
import { Agent, get } from 'node:http'
import { type AddressInfo, createServer as listen } from 'node:net'
import type { FastifyInstance } from 'fastify'
import t, { type Test } from 'tap'
import type { Dialect } from '../../src/dialects/dialect.ts'
import { accept, drain, serveGiven } from '../../src/http/lifecycle.ts'
import { createServer } from '../../src/http/server.ts'
import { createTestTrail, uses } from '../support/audit.ts'

/** A server whose only action waits for `finish`. */
function makeServer() {
  const work = Promise.withResolvers<void>()
  const running = Promise.withResolvers<void>()
  const dialect = {
    name: 'test',
    actions: [],
    claims: () => true,
    read: () => ({}),
    actionOf: () => ({ name: 'Test' }),
    accessKeyOf: () => 'a',
    authenticate: async () => ({ accountId: '1', accessKeyId: 'a' }),
    async run() {
      running.resolve()
      await work.promise
    },
    success: () => ({ status: 200, headers: {}, body: '{}', outcome: 'OK' }),
    failure: (_request: unknown, _call: unknown, error: unknown) => {
      throw error
    },
  } as unknown as Dialect
  const app = createServer({
    dialects: [dialect],
    readiness: () => Promise.reject(new Error('not asked')),
    onRequest: () => {},
    audit: createTestTrail(),
    uses,
    brake: undefined,
    listens: true,
    limits: {
      headersTimeout: 10,
      requestTimeout: 10,
      idleTimeout: 600,
      connections: 10,
      connectionsPerAddress: 10,
    },
  })
  return { app, running: running.promise, finish: work.resolve }
}

/** Asks once over a connection that is kept; the header that says what becomes of it. */
function ask(t: Test, url: string): Promise<string | undefined> {
  const agent = new Agent({ keepAlive: true })
  t.teardown(() => agent.destroy())
  return new Promise((resolve, reject) => {
    get(url, { agent }, (response) => {
      response.resume()
      resolve(response.headers.connection)
    }).on('error', reject)
  })
}

for (const listens of [true, false]) {
  const how = listens ? 'accepted by itself' : 'accepted for it'
  t.test(`a request in flight keeps its connection, ${how}, no longer than its answer takes`, async (t) => {
    const { app, running, finish } = makeServer()
    const url = listens ? await app.listen({ host: '127.0.0.1', port: 0 }) : await listenFor(t, app)
    const answered = ask(t, url)
    await running
    const ended = drain(app)
    finish()
    t.equal(await answered, 'close')
    await ended
  })

  t.test(`connections are kept while it serves, ${how}`, async (t) => {
    const { app, finish } = makeServer()
    t.teardown(() => app.close())
    finish()
    const url = listens ? await app.listen({ host: '127.0.0.1', port: 0 }) : await listenFor(t, app)
    t.equal(await ask(t, url), 'keep-alive')
  })
}

async function listenFor(t: Test, app: FastifyInstance): Promise<string> {
  await serveGiven(app)
  const listener = listen((socket) => accept(app, socket))
  t.teardown(() => listener.close())
  await once(listener.listen(0, '127.0.0.1'), 'listening')
  return `http://127.0.0.1:${(listener.address() as AddressInfo).port}`
}
