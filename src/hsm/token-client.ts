// The HTTP process's side of one token process: start it, send it batches, learn of its end.
import { type ChildProcess, fork } from 'node:child_process'
import type {
  AnswersMessage,
  ExpectedKeys,
  FromTokenProcess,
  OpenFailure,
  OpenMessage,
  ReadyMessage,
  ToTokenProcess,
} from './token-protocol.ts'

/** How to reach one token. Environment and working directory are those of the process that loads the module. */
export interface TokenProcessOptions {
  readonly module: string
  readonly initArgs: string
  readonly token: string
  readonly pin: string
  readonly checkBlobs: boolean
  readonly env: Readonly<Record<string, string>>
  readonly cwd: string
  /** Milliseconds until a process that has not become ready is given up. */
  readonly startTimeout: number
}

/**
 * What SoftHSM frees at once is more than glibc keeps at hand of one size by default (7): with more an operation costs about
 * a sixth less CPU, and hardly grows with the keys on the token. A member's own `env` goes over it.
 */
const allocator = { GLIBC_TUNABLES: 'glibc.malloc.tcache_count=127' }

/** Why a token process did not become ready. `detail` is for logs and operators; it holds no secret. */
export class TokenOpenError extends Error {
  override readonly name = 'TokenOpenError'
  readonly reason: OpenFailure

  constructor(reason: OpenFailure, detail: string) {
    super(detail)
    this.reason = reason
  }
}

/** A token process that has proved itself. */
export interface TokenClient {
  readonly pid: number
  readonly ready: ReadyMessage
  send(message: ToTokenProcess): void
  /** Ends the process at once; `onExit` follows. */
  kill(): void
}

/** What the owner of a token process hears from it. */
export interface TokenClientEvents {
  onAnswers(message: AnswersMessage): void
  /** The process is gone, however that came. Called once. */
  onExit(): void
}

/**
 * Spawns a token process, opens its token and waits until it has proved itself.
 * Throws TokenOpenError; the process is then gone.
 */
export function startTokenClient(
  options: TokenProcessOptions,
  expected: ExpectedKeys,
  events: TokenClientEvents,
): Promise<TokenClient> {
  const child = fork(new URL('./token-process.ts', import.meta.url), {
    serialization: 'advanced',
    env: { ...allocator, ...options.env },
    cwd: options.cwd,
    execArgv: [],
    // A library may print anything, secrets too: nobody reads it.
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  })
  return new Promise((resolve, reject) => {
    let settled = false
    const fail = (error: TokenOpenError) => {
      if (settled) return
      settled = true
      clearTimeout(timer)
      child.kill('SIGKILL')
      reject(error)
    }
    const timer = setTimeout(() => {
      fail(new TokenOpenError('token-unwell', `not ready after ${options.startTimeout} ms`))
    }, options.startTimeout)
    child.on('message', (message: FromTokenProcess) => {
      if (message.type === 'answers') events.onAnswers(message)
      else if (message.type === 'open-failed') fail(new TokenOpenError(message.reason, message.detail))
      else {
        settled = true
        clearTimeout(timer)
        resolve(client(child, message))
      }
    })
    child.once('exit', () => {
      if (settled) events.onExit()
      else fail(new TokenOpenError('token-unwell', 'the process ended before it was ready'))
    })
    child.on('error', (error) => fail(new TokenOpenError('token-unwell', error.message)))
    post(child, openMessage(options, expected))
  })
}

function client(child: ChildProcess, ready: ReadyMessage): TokenClient {
  return {
    pid: child.pid ?? 0,
    ready,
    send: (message) => post(child, message),
    kill: () => void child.kill('SIGKILL'),
  }
}

function openMessage(options: TokenProcessOptions, expected: ExpectedKeys): OpenMessage {
  const { module, initArgs, token, pin, checkBlobs } = options
  return { type: 'open', module, initArgs, token, pin, checkBlobs, expected }
}

// A channel that closed under us is an exit that is about to be reported.
function post(child: ChildProcess, message: ToTokenProcess): void {
  if (child.connected) child.send(message, () => {})
}
