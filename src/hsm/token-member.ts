// One token and its processes: queue, batches, deadlines, replacement, recycling, PIN latch.
import { kmsError } from '../core/errors.ts'
import { MemberError, type MemberOptions, type MemberState, type MemberStatus } from './member.ts'
import { startTokenClient, type TokenClient, TokenOpenError } from './token-client.ts'
import type {
  AnswersMessage,
  TokenDescription,
  TokenOperation,
  TokenOperations,
  TokenRequest,
} from './token-protocol.ts'

interface Work {
  readonly id: number
  readonly request: TokenRequest
  readonly deadline: number
  attempts: number
  resolve(answer: unknown): void
  reject(error: Error): void
}

interface Running {
  readonly client: TokenClient
  readonly inFlight: Map<number, Work>
  /** When the oldest unanswered batch became the one being worked on. */
  since: number
  batches: number
  operations: number
  /** Takes no more work: a fresh process has its place. */
  draining: boolean
}

const batchSize = 64
const batchesAhead = 2
const maxAttempts = 3
const firstBackOff = 100
const maxBackOff = 5000
const startsUntilDown = 3

/** Owns the processes of one token. Start it once, close it once. */
export class TokenMember {
  readonly #options: MemberOptions
  readonly #running = new Set<Running>()
  readonly #queue: Work[] = []
  #outstanding = 0
  #nextId = 1
  #starting = 0
  #failedStarts = 0
  #flushing = false
  #state: MemberState = 'starting'
  #failure: TokenOpenError | undefined
  #description: TokenDescription | undefined
  #watchdog: NodeJS.Timeout | undefined
  readonly #timers = new Set<NodeJS.Timeout>()

  constructor(options: MemberOptions) {
    this.#options = options
  }

  get name(): string {
    return this.#options.name
  }

  get state(): MemberState {
    return this.#state
  }

  /** Starts the processes; resolves when the first one is ready. Throws TokenOpenError when it cannot be. */
  async start(): Promise<void> {
    const interval = Math.max(10, Math.min(100, this.#options.limits.callTimeout / 4))
    this.#watchdog = setInterval(() => this.#watch(), interval)
    await this.#startProcess()
    for (let missing = this.#missing(); missing > 0; missing--) void this.#startProcess().catch(() => {})
  }

  /** Runs one operation. Throws MemberError, or KmsError `throttled` when the queue is full. */
  call<Name extends TokenOperation>(
    name: Name,
    ...args: TokenOperations[Name]['args']
  ): Promise<TokenOperations[Name]['answer']> {
    const { queue, requestTimeout } = this.#options.limits
    if (this.#state !== 'ready' && this.#state !== 'starting') {
      const reason = this.#failure === undefined ? '' : `: ${this.#failure.message}`
      return Promise.reject(new MemberError('token-lost', `${this.name} is ${this.#state}${reason}`))
    }
    if (this.#outstanding >= queue) return Promise.reject(kmsError('throttled', {}))
    this.#outstanding++
    return new Promise((resolve, reject) => {
      const id = this.#nextId++
      const request = [id, name, ...args] as unknown as TokenRequest
      const work: Work = {
        id,
        request,
        deadline: Date.now() + requestTimeout,
        attempts: 0,
        resolve: resolve as (answer: unknown) => void,
        reject,
      }
      this.#queue.push(work)
      this.#flushSoon()
    })
  }

  status(): MemberStatus {
    const failure = this.#failure
    return {
      name: this.name,
      state: this.#state,
      processes: [...this.#running].map(({ client }) => client.pid),
      ...(failure === undefined ? {} : { reason: failure.reason, detail: failure.message }),
      ...(this.#description === undefined ? {} : { token: this.#description }),
    }
  }

  /** Waits for what is in flight, then ends the processes. */
  async close(): Promise<void> {
    const end = Date.now() + this.#options.limits.requestTimeout
    while (this.#outstanding > 0 && this.#running.size > 0 && Date.now() < end) await pause(5)
    this.#state = 'closed'
    clearInterval(this.#watchdog)
    for (const timer of this.#timers) clearTimeout(timer)
    for (const running of this.#running) running.client.send({ type: 'close' })
    const patience = Date.now() + 1000
    while (this.#running.size > 0 && Date.now() < patience) await pause(5)
    for (const running of this.#running) running.client.kill()
    for (const work of this.#queue.splice(0)) this.#reject(work, new MemberError('token-lost', 'closing'))
  }

  // Work of one tick travels in one message.
  #flushSoon(): void {
    if (this.#flushing) return
    this.#flushing = true
    setImmediate(() => {
      this.#flushing = false
      this.#flush()
    })
  }

  #flush(): void {
    while (this.#queue.length > 0) {
      const free = [...this.#running].filter((running) => !running.draining && running.batches < batchesAhead)
      const [least] = free.sort((a, b) => a.inFlight.size - b.inFlight.size)
      if (least === undefined) return
      // Shared out among the free processes, so that one of them does not take a whole burst.
      const share = Math.min(batchSize, Math.ceil(this.#queue.length / free.length))
      const batch = this.#queue.splice(0, share)
      if (least.batches === 0) least.since = Date.now()
      least.batches++
      for (const work of batch) {
        work.attempts++
        least.inFlight.set(work.id, work)
      }
      least.client.send({ type: 'batch', requests: batch.map((work) => work.request) })
    }
  }

  #onAnswers(running: Running, message: AnswersMessage): void {
    running.batches--
    running.since = Date.now()
    running.operations += message.answers.length
    let lost = false
    for (const answer of message.answers) {
      const work = running.inFlight.get(answer[0])
      if (work === undefined) continue
      running.inFlight.delete(work.id)
      if (answer[1]) this.#settle(work, answer[2])
      else if (answer[2] === 'token-lost') {
        lost = true
        this.#again(work, answer[3])
      } else this.#reject(work, new MemberError(answer[2], answer[3]))
    }
    if (lost) running.client.kill()
    else if (running.draining) this.#closeDrained(running)
    else this.#recycle(running, message.memory)
    this.#flush()
  }

  // A fresh process is warmed, then takes the place of the old one, which finishes what it has.
  #recycle(running: Running, memory: number): void {
    const { recycleMemory, recycleOperations } = this.#options.limits
    const grown = memory - running.client.ready.memory
    if (this.#starting > 0 || (running.operations < recycleOperations && grown < recycleMemory)) return
    const facts = { pid: running.client.pid, operations: running.operations, grown }
    this.#options.onEvent('recycling token process', facts)
    this.#startProcess()
      .then(() => {
        running.draining = true
        this.#closeDrained(running)
      })
      .catch(() => {})
  }

  #closeDrained(running: Running): void {
    if (running.inFlight.size === 0) running.client.send({ type: 'close' })
  }

  #onExit(running: Running): void {
    this.#running.delete(running)
    if (this.#state === 'closed') return
    if (!running.draining) {
      const facts = { pid: running.client.pid, inFlight: running.inFlight.size }
      this.#options.onEvent('token process ended, replacing it', facts)
    }
    for (const work of running.inFlight.values()) this.#again(work, 'the token process ended')
    this.#fill()
    this.#flush()
  }

  #again(work: Work, detail: string): void {
    if (work.attempts >= maxAttempts) this.#reject(work, new MemberError('token-lost', detail))
    else if (Date.now() >= work.deadline) this.#reject(work, new MemberError('timeout', detail))
    else this.#queue.unshift(work)
  }

  #settle(work: Work, answer: unknown): void {
    this.#outstanding--
    work.resolve(answer)
  }

  #reject(work: Work, error: Error): void {
    this.#outstanding--
    work.reject(error)
  }

  #watch(): void {
    const now = Date.now()
    for (const running of this.#running) {
      if (running.batches > 0 && now - running.since > this.#options.limits.callTimeout) {
        this.#options.onEvent('token process does not answer, killing it', { pid: running.client.pid })
        running.client.kill()
      }
    }
    const late = this.#queue.filter((work) => work.deadline <= now)
    if (late.length === 0) return
    const kept = this.#queue.filter((work) => work.deadline > now)
    this.#queue.splice(0, this.#queue.length, ...kept)
    for (const work of late)
      this.#reject(work, new MemberError('timeout', `${this.name} did not answer in time`))
  }

  #missing(): number {
    const serving = [...this.#running].filter((running) => !running.draining).length
    return this.#options.processes - serving - this.#starting
  }

  #fill(): void {
    if (this.#state === 'latched' || this.#state === 'closed') return
    for (let missing = this.#missing(); missing > 0; missing--) void this.#startProcess().catch(() => {})
  }

  async #startProcess(): Promise<void> {
    this.#starting++
    try {
      await this.#options.takeTurn(() => this.#open())
    } catch (error) {
      this.#onFailedStart(error)
      throw error
    } finally {
      this.#starting--
    }
  }

  async #open(): Promise<void> {
    // The latch is looked at when the turn comes: another process may have been refused meanwhile.
    if (this.#state === 'latched' && this.#failure !== undefined) throw this.#failure
    if (this.#state === 'closed') throw new TokenOpenError('token-unwell', 'closing')
    let running: Running | undefined
    const client = await startTokenClient(this.#options.token, {
      onAnswers: (message) => running && this.#onAnswers(running, message),
      onExit: () => running && this.#onExit(running),
    })
    running = { client, inFlight: new Map(), since: 0, batches: 0, operations: 0, draining: false }
    if (this.#isClosed()) {
      client.kill()
      return
    }
    this.#running.add(running)
    this.#state = 'ready'
    this.#failure = undefined
    this.#failedStarts = 0
    this.#description = client.ready.token
    this.#options.onEvent('token process ready', { pid: client.pid, keys: client.ready.keys })
    this.#flush()
  }

  #isClosed(): boolean {
    return this.#state === 'closed'
  }

  #onFailedStart(error: unknown): void {
    if (this.#isClosed()) return
    const failure =
      error instanceof TokenOpenError ? error : new TokenOpenError('token-unwell', String(error))
    this.#failure = failure
    const { reason, message: detail } = failure
    this.#options.onEvent('token process did not start', { reason, detail })
    this.#failedStarts++
    if (reason === 'pin-refused') {
      this.#giveUp('latched', detail)
      return
    }
    if (this.#running.size === 0) {
      // One start that fails is no sign yet: work may wait for the next. After that nobody is kept waiting.
      if (this.#failedStarts >= startsUntilDown) this.#giveUp('down', detail)
      else this.#state = 'starting'
    }
    const delay = Math.min(maxBackOff, firstBackOff * 2 ** (this.#failedStarts - 1))
    const timer = setTimeout(() => {
      this.#timers.delete(timer)
      this.#fill()
    }, delay)
    this.#timers.add(timer)
  }

  #giveUp(state: 'latched' | 'down', detail: string): void {
    this.#state = state
    for (const work of this.#queue.splice(0)) this.#reject(work, new MemberError('token-lost', detail))
  }
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds))
}
