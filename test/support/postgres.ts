// A throw-away PostgreSQL server for the tests of one file, with a database for each who asks; gone with the process.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import {
  chmodSync,
  chownSync,
  copyFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Certificates } from './certificates.ts'

const versions = '/usr/lib/postgresql'
const user = 'p11kms'
const startTimeout = 30_000

const newest = (existsSync(versions) ? readdirSync(versions) : [])
  .filter((version) => existsSync(join(versions, version, 'bin/initdb')))
  .sort((a, b) => Number(b) - Number(a))[0]
const isRoot = process.getuid?.() === 0
const owner = isRoot ? idsOf('postgres') : undefined

/** Why there is no server here, for `skip`; false when there can be one. */
export const withoutPostgres: string | false =
  newest === undefined
    ? 'PostgreSQL is not installed'
    : isRoot && owner === undefined && 'PostgreSQL does not run as root, and there is no user postgres'

/** True when the suite is to run on PostgreSQL wherever it does not matter on what. */
export const preferPostgres = process.env.P11KMS_TEST_STORE === 'postgres'

export interface TestPostgres {
  /** The socket's folder and the password of the user in `url`s. */
  readonly folder: string
  readonly password: string
  /** The URL of a new, empty database; `host` and `port` of something in front of the server if given. */
  makeDatabase(): string
  /** Runs a statement in a database; what it returns, a row a line. */
  query(url: string, statement: string): string
  /** Ends the server as a restart does, or as a crash does. */
  stop(signal?: 'SIGINT' | 'SIGQUIT'): Promise<void>
  start(): void
}

let server: TestPostgres | undefined

/** The server of this process, started when it is first asked for. Throws where `withoutPostgres` says why. */
export function testPostgres(): TestPostgres {
  server ??= startPostgres()
  return server
}

/** A server of its own that also listens with TLS, on a port of 127.0.0.1. Throws where `withoutPostgres` says why. */
export function startTlsPostgres(port: number, { cert, key }: Omit<Certificates, 'ca'>): TestPostgres {
  return startPostgres(port, { cert, key })
}

function startPostgres(port = 5432, tls?: Omit<Certificates, 'ca'>): TestPostgres {
  if (withoutPostgres !== false) throw new Error(withoutPostgres)
  const folder = mkdtempSync(join(tmpdir(), 'p11kms-pg-'))
  const data = join(folder, 'data')
  const password = randomBytes(12).toString('hex')
  const passwordFile = join(folder, 'password')
  writeFileSync(passwordFile, password)
  if (owner !== undefined) for (const path of [folder, passwordFile]) chownSync(path, owner.uid, owner.gid)
  process.once('exit', () => rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 }))
  runTool('initdb', [
    '-D',
    data,
    '-U',
    user,
    '-A',
    'scram-sha-256',
    '--pwfile',
    passwordFile,
    '-E',
    'UTF8',
    '--no-sync',
  ])
  const listener = ['-p', String(port)]
  if (tls !== undefined) {
    const [cert, key] = [join(folder, 'cert.pem'), join(folder, 'key.pem')]
    copyFileSync(tls.cert, cert)
    copyFileSync(tls.key, key)
    chmodSync(key, 0o600)
    if (owner !== undefined) for (const path of [cert, key]) chownSync(path, owner.uid, owner.gid)
    const secure = { listen_addresses: '127.0.0.1', ssl: 'on', ssl_cert_file: cert, ssl_key_file: key }
    for (const [name, value] of Object.entries(secure)) listener.push('-c', `${name}=${value}`)
  }
  let child: ChildProcess | undefined
  const start = () => {
    child = spawn(...asOwner('postgres', ['-D', data, '-k', folder, ...settings, ...listener]), {
      stdio: 'ignore',
    })
    child.unref()
    waitUntilReady(folder, port)
  }
  start()
  // Whoever is left has its connections cut: the folder must go.
  process.once('exit', () => child?.kill('SIGQUIT'))
  const urlOf = (database: string) =>
    `postgres://${user}:${password}@localhost:${port}/${database}?host=${folder}`
  const query = (url: string, statement: string) =>
    runTool('psql', ['-X', '-A', '-t', '-v', 'ON_ERROR_STOP=1', '-d', url, '-c', statement]).trim()
  return {
    folder,
    password,
    makeDatabase() {
      const name = `test_${randomBytes(6).toString('hex')}`
      query(urlOf('postgres'), `create database ${name}`)
      return urlOf(name)
    },
    query,
    start,
    stop(signal = 'SIGINT') {
      return new Promise((resolve) => {
        child?.once('exit', () => resolve())
        child?.kill(signal)
      })
    },
  }
}

// Nothing here outlives the machine; tests come and go quickly.
const settings = [
  'fsync=off',
  'full_page_writes=off',
  'shared_buffers=32MB',
  'max_connections=200',
  'listen_addresses=',
].flatMap((setting) => ['-c', setting])

/** The server ends with this process, however that ends. */
function asOwner(tool: string, args: readonly string[]): [string, string[]] {
  const ids = owner === undefined ? [] : [`--reuid=${owner.uid}`, `--regid=${owner.gid}`, '--clear-groups']
  return ['setpriv', [...ids, '--pdeathsig=KILL', binary(tool), ...args]]
}

function binary(tool: string): string {
  return join(versions, newest ?? '', 'bin', tool)
}

function runTool(tool: string, args: readonly string[]): string {
  const [command, all] = asOwner(tool, args)
  const { status, stdout, stderr } = spawnSync(command, all, { cwd: tmpdir(), encoding: 'utf8' })
  if (status !== 0) throw new Error(`${tool}: ${stderr}`)
  return stdout
}

// Without the event loop, because homes are made by plain functions.
function waitUntilReady(folder: string, port: number): void {
  const end = Date.now() + startTimeout
  while (spawnSync(binary('pg_isready'), ['-q', '-h', folder, '-p', String(port), '-U', user]).status !== 0) {
    if (Date.now() > end) throw new Error('PostgreSQL does not start')
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20)
  }
}

function idsOf(name: string): { uid: number; gid: number } | undefined {
  const { status, stdout } = spawnSync('getent', ['passwd', name], { encoding: 'utf8' })
  const [, , uid, gid] = stdout.split(':')
  return status === 0 ? { uid: Number(uid), gid: Number(gid) } : undefined
}
