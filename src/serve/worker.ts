// The supervisor's side of one worker: start it, answer it, give it connections, end it, learn of its end.
import { fork } from 'node:child_process'
import { setImmediate } from 'node:timers/promises'
import type { ClusterStatus, Measured, NodeShare } from '../app.ts'
import type { Arrival } from './arrival.ts'
import {
  answerQuestions,
  type FromWorker,
  type OpenMessage,
  type OrderMessage,
  type ToWorker,
} from './link.ts'
import { type Watch, watch } from './watch.ts'

/** Milliseconds a worker may take to finish what is in flight. */
const drainTimeout = 60_000
/** Milliseconds a worker may take to say its figures. */
const measureTimeout = 2000

/** Milliseconds in which the last messages of a worker that has ended come. */
const channelPatience = 1000

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
  give(arrival: Arrival): void
  /** Its figures; none when it does not answer in time. */
  measure(): Promise<Measured>
  /** Lets it finish what is in flight; one that is still starting is ended at once. Resolves when it is gone. */
  end(): Promise<void>
}

/**
 * Starts a worker that takes part in the share. One that no longer answers is killed. `onReturn` hears of connections it
 * was given and never took.
 */
export function startWorker(
  place: Omit<OpenMessage, 'type'>,
  share: NodeShare,
  onReturn: (arrival: Arrival) => void,
): Worker {
  const child = fork(new URL('./worker-process.ts', import.meta.url), {
    execArgv: [],
    serialization: 'advanced',
  })
  const send = (message: ToWorker, socket?: Arrival['socket']) => {
    // A channel that closed under us is an exit that is about to be reported.
    if (child.connected) child.send(message, socket, { keepOpen: true }, () => {})
  }
  const questions = answerQuestions(share, send)
  const ready = Promise.withResolvers<readonly ClusterStatus[]>()
  const gone = Promise.withResolvers<Awaited<Worker['gone']>>()
  /** Given, and not yet taken: held here too until then. */
  const given = new Map<number, Arrival>()
  /** Taken and not over, with what gives each one's share back. */
  const taken = new Map<number, () => void>()
  let nextId = 1
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
    const arrival = given.get(id)
    if (arrival === undefined) return
    arrival.socket.destroy()
    given.delete(id)
    taken.set(id, arrival.giveBack)
  }
  const left = (id: number) => {
    taken.get(id)?.()
    taken.delete(id)
  }
  /** From when it serves: a start, which may migrate a store, takes its time. */
  let alive: Watch | undefined
  let hung = false
  const onHang = () => {
    hung = true
    child.kill('SIGKILL')
  }
  child.on('message', (message: FromWorker) => {
    if (message.type === 'ask') questions.onAsk(message)
    else if (message.type === 'took') took(message.id)
    else if (message.type === 'left') left(message.id)
    else if (message.type === 'alive') alive?.heard()
    else if (message.type === 'measured') measuring.get(message.id)?.(message.measured)
    else if (message.type === 'failed') fail(message.message, message.code)
    else if (state === 'starting') {
      state = 'ready'
      alive = watch(() => send({ type: 'ping' }), onHang)
      ready.resolve(message.clusters)
    }
  })
  child.on('error', ({ message }) => fail(message))
  child.on('disconnect', leave)
  child.on('exit', async (code, signal) => {
    leave()
    alive?.end()
    // Its last messages may be on their way still. Node tells of the channel's end only if no connection was.
    for (const end = Date.now() + channelPatience; child.connected && Date.now() < end; ) await setImmediate()
    await setImmediate()
    questions.end()
    for (const id of taken.keys()) left(id)
    // What it has not said to have taken it has read nothing of.
    for (const arrival of given.values()) onReturn(arrival)
    given.clear()
    fail('the worker ended before it was ready')
    gone.resolve({ how: hung ? 'no answer' : (signal ?? String(code)), lost })
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
      return given.size + taken.size
    },
    get given() {
      return total
    },
    ready: ready.promise,
    gone: gone.promise,
    order: (type) => send({ type }),
    give(arrival) {
      const id = nextId++
      total++
      given.set(id, arrival)
      send({ type: 'connection', id }, arrival.socket)
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
