// The supervisor's side of one worker: start it, answer it, give it connections, end it, learn of its end.
import { fork } from 'node:child_process'
import type { Socket } from 'node:net'
import type { ClusterStatus, Measured, NodeShare } from '../app.ts'
import {
  answerQuestions,
  type FromWorker,
  type OpenMessage,
  type OrderMessage,
  type ToWorker,
} from './link.ts'

/** Milliseconds a worker may take to finish what is in flight. */
const drainTimeout = 60_000
/** Milliseconds a worker may take to say its figures. */
const measureTimeout = 2000

export interface Worker {
  readonly slot: number
  readonly pid: number
  /** Milliseconds since the epoch. */
  readonly startedAt: number
  readonly state: 'starting' | 'ready' | 'leaving' | 'gone'
  /** Connections it has. */
  readonly connections: number
  /** Connections it has been given since its start. */
  readonly given: number
  /** Its clusters, once it can serve. Rejects when it cannot start, with the reason in one line; it is then gone. */
  readonly ready: Promise<readonly ClusterStatus[]>
  /** How it ended, and whether it was serving and nobody had asked it to. Never rejects. */
  readonly gone: Promise<{ readonly how: string; readonly lost: boolean }>
  order(what: OrderMessage['type']): void
  give(socket: Socket): void
  /** Its figures; none when it does not answer in time. */
  measure(): Promise<Measured>
  /** Lets it finish what is in flight; one that is still starting is ended at once. Resolves when it is gone. */
  end(): Promise<void>
}

/** Starts a worker that takes part in the share. `onReturn` hears of connections it was given and never took. */
export function startWorker(
  place: Omit<OpenMessage, 'type'>,
  share: NodeShare,
  onReturn: (socket: Socket) => void,
): Worker {
  const child = fork(new URL('./worker-process.ts', import.meta.url), {
    execArgv: [],
    serialization: 'advanced',
  })
  const send = (message: ToWorker, socket?: Socket) => {
    // A channel that closed under us is an exit that is about to be reported.
    if (child.connected) child.send(message, socket, { keepOpen: true }, () => {})
  }
  const questions = answerQuestions(share, send)
  const ready = Promise.withResolvers<readonly ClusterStatus[]>()
  const gone = Promise.withResolvers<Awaited<Worker['gone']>>()
  /** Given, and not yet taken: held here too until then. */
  const given = new Map<number, Socket>()
  let nextId = 1
  let connections = 0
  let total = 0
  const measuring = new Map<number, (measured: Measured) => void>()
  let state: Worker['state'] = 'starting'
  let lost = false
  const leave = () => {
    if (state === 'ready') lost = true
    state = 'gone'
  }
  const fail = (message: string, code?: string) => {
    ready.reject(Object.assign(new Error(message), code === undefined ? {} : { code }))
    child.kill('SIGKILL')
  }
  const took = (id: number) => {
    given.get(id)?.destroy()
    given.delete(id)
  }
  child.on('message', (message: FromWorker) => {
    if (message.type === 'ask') questions.onAsk(message)
    else if (message.type === 'took') took(message.id)
    else if (message.type === 'left') connections--
    else if (message.type === 'measured') measuring.get(message.id)?.(message.measured)
    else if (message.type === 'failed') fail(message.message, message.code)
    else if (state === 'starting') {
      state = 'ready'
      ready.resolve(message.clusters)
    }
  })
  child.on('error', ({ message }) => fail(message))
  // Comes after the last message, whatever killed it: what it has not taken by then it has not read of.
  child.on('disconnect', () => {
    leave()
    for (const socket of given.values()) onReturn(socket)
    given.clear()
  })
  child.on('exit', (code, signal) => {
    leave()
    questions.end()
    fail('the worker ended before it was ready')
    gone.resolve({ how: signal ?? String(code), lost })
  })
  send({ type: 'open', ...place })
  return {
    slot: place.slot,
    pid: child.pid ?? 0,
    startedAt: Date.now(),
    get state() {
      return state
    },
    get connections() {
      return connections
    },
    get given() {
      return total
    },
    ready: ready.promise,
    gone: gone.promise,
    order: (type) => send({ type }),
    give(socket) {
      const id = nextId++
      connections++
      total++
      given.set(id, socket)
      send({ type: 'connection', id }, socket)
    },
    measure() {
      const id = nextId++
      return new Promise((resolve) => {
        const settle = (measured: Measured) => {
          clearTimeout(timer)
          measuring.delete(id)
          resolve(measured)
        }
        const timer = setTimeout(settle, measureTimeout, [])
        measuring.set(id, settle)
        send({ type: 'measure', id })
      })
    },
    async end() {
      const starting = state === 'starting'
      state = 'leaving'
      if (starting) child.kill('SIGKILL')
      else send({ type: 'drain' })
      const timer = setTimeout(() => child.kill('SIGKILL'), drainTimeout)
      await gone.promise
      clearTimeout(timer)
    },
  }
}
