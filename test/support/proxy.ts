// A network between a client and a PostgreSQL server that can fall silent, as a machine does that has lost its power.
import { connect, createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import type { Test } from 'tap'
import { channel } from '../../src/store/postgres-listener.ts'
import type { TestPostgres } from './postgres.ts'

export interface TestProxy {
  /** The URL through the proxy. */
  readonly url: string
  /** From now on no byte passes on connections that listen, or on any; nothing is closed. */
  silence(which: 'listeners' | 'all'): void
  /** New connections pass again; silent ones stay silent. */
  heal(): void
}

/** A proxy on a port of its own in front of the server, for a URL of it; gone with the test. */
export async function makeProxy(t: Test, { folder }: TestPostgres, url: string): Promise<TestProxy> {
  let silent: 'none' | 'listeners' | 'all' = 'none'
  const pairs: { sockets: Socket[]; listens: boolean; dead: boolean }[] = []
  const server = createServer((near) => {
    const far = connect(join(folder, '.s.PGSQL.5432'))
    const pair = { sockets: [near, far], listens: false, dead: silent === 'all' }
    pairs.push(pair)
    near.on('data', (bytes) => {
      pair.listens ||= bytes.includes(`listen ${channel}`)
      pair.dead ||= silent === 'all' || (silent === 'listeners' && pair.listens)
      if (!pair.dead) far.write(bytes)
    })
    far.on('data', (bytes) => {
      if (!pair.dead) near.write(bytes)
    })
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      one.on('error', () => other.destroy())
      one.on('close', () => other.destroy())
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => {
    server.close()
    for (const { sockets } of pairs) for (const socket of sockets) socket.destroy()
  })
  const { port } = server.address() as { port: number }
  const { pathname, username, password } = new URL(url)
  return {
    url: `postgres://${username}:${password}@127.0.0.1:${port}${pathname}`,
    silence(which) {
      silent = which
      for (const pair of pairs) pair.dead ||= which === 'all' || pair.listens
    },
    heal() {
      silent = 'none'
    },
  }
}
