// A real server for tests: its own process, its own home with real tokens, gone with the test.
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { CredentialsFile } from '../../src/cli/credentials-file.ts'
import { preferPostgres, testPostgres } from './postgres.ts'

export const root = join(import.meta.dirname, '../..')
const main = join(root, 'src/main.ts')

/** What a test gives to things that must end with it; a script brings its own. */
export interface Scope {
  teardown(action: () => unknown): void
}

export interface CommandResult {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

export interface TestHome {
  readonly home: string
  readonly env: NodeJS.ProcessEnv
  credentials(): CredentialsFile
  /** Runs a command of the CLI in this home. */
  run(...args: string[]): Promise<CommandResult>
  /** The same with other environment variables; an undefined one is not set. */
  runWith(changed: NodeJS.ProcessEnv, ...args: string[]): Promise<CommandResult>
  /** Starts the server, by another command if one is given; it is stopped with the test. */
  serve(extra?: NodeJS.ProcessEnv, command?: readonly [string, ...string[]]): Promise<TestServer>
}

export interface TestServer {
  readonly url: string
  /** `127.0.0.1:port` */
  readonly host: string
  readonly process: ChildProcess
  /** Lines of standard output and error so far. */
  readonly output: string[]
  /** Pids of its token processes, of a server without workers. */
  tokenPids(): number[]
  /** Pids of its workers. */
  workerPids(): number[]
  /** Ends it by a signal and waits; the exit code, or the signal's name. */
  stop(signal?: NodeJS.Signals): Promise<number | NodeJS.Signals | null>
  /** Ends it and every process below it by SIGKILL, as a machine that loses its power does, and waits. */
  crash(): Promise<void>
}

/** Makes a folder for a home; `init` is the caller's to run, or the first `serve` does it. */
export function makeHome(t: Scope, extra: NodeJS.ProcessEnv = {}, parent: string = tmpdir()): TestHome {
  const home = mkdtempSync(join(parent, 'p11kms-home-'))
  t.teardown(() => rmSync(home, { recursive: true, force: true, maxRetries: 5 }))
  // Most tests are not about limits: without the clouds' they may ask as often as they like.
  const store = preferPostgres ? { P11KMS_STORE_URL: testPostgres().makeDatabase() } : {}
  const own = { P11KMS_HOME: home, P11KMS_PORT: '0' }
  const env = { ...process.env, P11KMS_PROFILE: 'on-prem', ...store, ...extra, ...own }
  return {
    home,
    env,
    credentials: () => JSON.parse(readFileSync(join(home, 'credentials.json'), 'utf8')) as CredentialsFile,
    run: (...args) => runCommand(args, env),
    runWith: (changed, ...args) => runCommand(args, { ...env, ...changed }),
    serve: (more = {}, command = [process.execPath, main, 'serve', '--init']) =>
      startServer(t, { ...env, ...more }, command),
  }
}

/** A home and its running server. */
export async function startHome(
  t: Scope,
  extra: NodeJS.ProcessEnv = {},
): Promise<TestHome & { server: TestServer }> {
  const home = makeHome(t, extra)
  return { ...home, server: await home.serve() }
}

/** Keeps two members' token directories the same until the scope ends, in a process of its own as an operator would. */
export async function startMirror(t: Scope, directories: readonly string[]): Promise<void> {
  const mirror = spawn(process.execPath, [join(root, 'softhsm/mirror.ts'), ...directories])
  t.teardown(() => mirror.kill())
  await new Promise((resolve) => mirror.stdout.once('data', resolve))
}

function runCommand(args: readonly string[], env: NodeJS.ProcessEnv): Promise<CommandResult> {
  return runScript(main, args, { env, timeout: 60_000 })
}

/** Runs a script of this project to its end, which comes after `timeout` ms if one is given. */
export function runScript(
  script: string,
  args: readonly string[],
  options: { readonly env?: NodeJS.ProcessEnv; readonly timeout?: number } = {},
): Promise<CommandResult> {
  const child = spawn(process.execPath, [script, ...args], { ...options, stdio: ['ignore', 'pipe', 'pipe'] })
  let [stdout, stderr] = ['', '']
  child.stdout.on('data', (chunk: Buffer) => {
    stdout += chunk.toString()
  })
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk.toString()
  })
  return new Promise((resolve) => child.once('close', (code) => resolve({ code, stdout, stderr })))
}

async function startServer(
  t: Scope,
  env: NodeJS.ProcessEnv,
  [command, ...args]: readonly [string, ...string[]],
): Promise<TestServer> {
  const child = spawn(command, args, { env, stdio: ['ignore', 'pipe', 'pipe'] })
  const output: string[] = []
  const exited = new Promise<number | NodeJS.Signals | null>((resolve) => {
    child.once('close', (code, signal) => resolve(code ?? signal))
  })
  const stop = (signal: NodeJS.Signals = 'SIGTERM') => {
    child.kill(signal)
    return exited
  }
  t.teardown(() => stop())
  const url = await new Promise<string>((resolve, reject) => {
    for (const stream of [child.stdout, child.stderr]) {
      createInterface({ input: stream }).on('line', (line) => {
        output.push(line)
        const [, found] = /^p11kms listening on (\S+)$/.exec(line) ?? []
        if (found !== undefined) resolve(found)
      })
    }
    void exited.then((code) => reject(new Error(`server ended with ${code}: ${output.join('\n')}`)))
  })
  return {
    url,
    host: new URL(url).host,
    process: child,
    output,
    tokenPids: () => children(child.pid ?? 0),
    workerPids: () => children(child.pid ?? 0),
    stop,
    async crash() {
      const pids = descendants(child.pid ?? 0)
      child.kill('SIGKILL')
      for (const pid of pids) kill(pid)
      await exited
    },
  }
}

function descendants(pid: number): number[] {
  return children(pid).flatMap((child) => [child, ...descendants(child)])
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It ended with its parent.
  }
}

function children(pid: number): number[] {
  const text = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8')
  return text.split(' ').filter(Boolean).map(Number)
}
