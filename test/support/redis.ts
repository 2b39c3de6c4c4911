// A Redis server of a test's own, which can be stopped and started again.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { createInterface } from 'node:readline'
import type { Test } from 'tap'
import { freePort } from './free-port.ts'

export interface TestRedis {
  /** With its password. */
  readonly url: string
  readonly password: string
  /** Ends it; what it held is lost. */
  stop(): Promise<void>
  /** Starts it again at its address. */
  start(): Promise<void>
  /** It takes connections and answers nothing, until `start`. */
  freeze(): void
}

/** Why there can be no Redis here; false when there can. */
export function redisMissing(): string | false {
  const found = ['redis-server', 'valkey-server'].some((name) => spawnSync(name, ['--version']).status === 0)
  return found ? false : 'neither redis-server nor valkey-server is installed (apt-get install redis-server)'
}

/** Starts a server that is gone with the test. */
export async function startRedis(t: Test): Promise<TestRedis> {
  const binary = spawnSync('redis-server', ['--version']).status === 0 ? 'redis-server' : 'valkey-server'
  const password = randomBytes(12).toString('hex')
  const port = await freePort()
  const options = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no']
  let server: ChildProcess | undefined
  const start = async () => {
    if (server !== undefined) {
      server.kill('SIGCONT')
      return
    }
    const child = spawn(binary, [...options, '--requirepass', password], {
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    server = child
    await new Promise<void>((resolve, reject) => {
      createInterface({ input: child.stdout }).on('line', (line) => {
        if (/ready to accept connections/i.test(line)) resolve()
      })
      child.once('exit', () => reject(new Error('redis-server ended')))
    })
  }
  const stop = async () => {
    const child = server
    server = undefined
    if (child === undefined) return
    const gone = new Promise((resolve) => child.once('exit', resolve))
    child.kill('SIGKILL')
    await gone
  }
  t.teardown(stop)
  await start()
  const url = `redis://:${password}@127.0.0.1:${port}`
  return { url, password, start, stop, freeze: () => void server?.kill('SIGSTOP') }
}
