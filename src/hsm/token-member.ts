// One token and its processes: queue, batches, deadlines, replacement, recycling, PIN latch.
import { setTimeout } from 'node:timers/promises'
import { kmsError } from '../core/errors.ts'
import { logIn } from './log-in.ts'
import {
  MemberError,
  type MemberOptions,
  type MemberState,
  type MemberStatus,
  reportComparison,
} from './member.ts'
import { isLastWord, mayRepeatUnseen, replace } from './renewal.ts'
import { Starts } from './starts.ts'
import { TokenOpenError } from './token-client.ts'
import type { AnswersMessage, ReadyMessage, TokenOperation, TokenOperations } from './token-protocol.ts'
import {
  closeDrained,
  freeProcesses,
  isBound,
  isStuck,
  kill,
  newRunning,
  type Running,
  tellsOfWrite,
  type Work,
  WorkQueue,
} from './work-queue.ts'

/** Owns the processes of one token. Start it once, close it once. */
export class TokenMember {
  readonly #options: MemberOptions
  #pin: string
  readonly #running = new Set<Running>()
  readonly #queue: WorkQueue
  readonly #starts: Starts
  #flushing = false
  #state: MemberState = 'starting'
  #failure: TokenOpenError | undefined
  #ready: ReadyMessage | undefined
  /** Milliseconds an operation takes, as of late. */
  #pace = 0
  #watchdog: NodeJS.Timeout | undefined

  constructor(options: MemberOptions) {
    this.#options = options
    this.#queue = new WorkQueue(options.onServed)
    this.#pin = options.token.pin
    this.#starts = new Starts(options.takeTurn)
  }

  get name(): string {
    return this.#options.name
  }

  get state(): MemberState {
    return this.#state
  }

  /** Work that waits or runs. */
  get load(): number {
    return this.#queue.outstanding
  }

  /** Every process owes answers for too long: others should be asked. */
  get isStuck(): boolean {
    return [...this.#running].every((running) => running.draining || isStuck(running, this.#pace))
  }

  /** What the last process to start said of the token and its keys. */
  get ready(): ReadyMessage | undefined {
    return this.#ready
  }

  /** Opens a latch, after an operator has seen to the PIN: one login is tried again. */
  async open(pin: string): Promise<void> {
    if (this.#state !== 'latched') return
    this.#pin = pin
    this.#state = 'starting'
    this.#failure = undefined
    await this.#startProcess()
    this.#fill()
  }

  /** Starts the processes; resolves when the first one is ready. Throws TokenOpenError when it cannot be. */
  async start(): Promise<void> {
    const interval = Math.max(10, Math.min(100, this.#options.limits.callTimeout / 4))
    this.#watchdog = setInterval(() => this.#watch(), interval)
    await this.#startProcess()
    this.#fill()
  }

  /** Runs one operation. Throws MemberError, or KmsError `throttled` when the queue is full. */
  call<Name extends TokenOperation>(
    name: Name,
    ...args: TokenOperations[Name]['args']
  ): Promise<TokenOperations[Name]['answer']> {
    const { queue, requestTimeout } = this.#options.limits
    // A process that logged in before the PIN was refused to the next one goes on.
    const serves = this.#state === 'latched' && this.#running.size > 0
    if (this.#state !== 'ready' && this.#state !== 'starting' && !serves) {
      const reason = this.#failure === undefined ? '' : `: ${this.#failure.message}`
      return Promise.reject(new MemberError('token-lost', `${this.name} is ${this.#state}${reason}`))
    }
    if (this.#queue.outstanding >= queue) return Promise.reject(kmsError('throttled', {}))
    const answer = this.#queue.add(name, args, Date.now() + requestTimeout)
    this.#flushSoon()
    return answer
  }

  status(): MemberStatus {
    const failure = this.#failure
    const ready = this.#ready
    return {
      name: this.name,
      state: this.#state,
      processes: [...this.#running].map(({ client }) => client.pid),
      load: this.load,
      ...(failure === undefined ? {} : { reason: failure.reason, detail: failure.message }),
      ...(ready === undefined ? {} : { token: ready.token, card: ready.card, comparison: ready.comparison }),
    }
  }

  /** Waits for what is in flight, then ends the processes. */
  async close(): Promise<void> {
    const end = Date.now() + this.#options.limits.requestTimeout
    while (this.#queue.outstanding > 0 && this.#running.size > 0 && Date.now() < end) await setTimeout(5)
    this.#state = 'closed'
    clearInterval(this.#watchdog)
    this.#starts.stop()
    for (const running of this.#running) running.client.send({ type: 'close' })
    const patience = Date.now() + 1000
    while (this.#running.size > 0 && Date.now() < patience) await setTimeout(5)
    for (const running of this.#running) running.client.kill()
    this.#queue.failAll(new MemberError('token-lost', 'closing'))
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
      const free = freeProcesses(this.#running, this.#pace)
      const [least] = free
      if (least === undefined) return
      const batch = this.#queue.take(free.length, this.#pace)
      if (least.batches === 0) least.since = Date.now()
      least.batches++
      for (const work of batch) least.inFlight.set(work.id, work)
      least.client.send({ type: 'batch', requests: batch.map((work) => work.request) })
    }
  }

  #onAnswers(running: Running, message: AnswersMessage): void {
    const now = Date.now()
    const took = (now - running.since) / Math.max(1, message.answers.length)
    this.#pace = this.#pace * 0.8 + took * 0.2
    running.batches--
    running.since = now
    running.operations += message.answers.length
    let lost = false
    for (const answer of message.answers) {
      const work = running.inFlight.get(answer[0])
      running.wrote ||= tellsOfWrite(work, answer)
      if (work === undefined) continue
      running.inFlight.delete(work.id)
      if (answer[1]) this.#queue.settle(work, answer[2])
      else if (answer[2] === 'token-lost') {
        lost = true
        this.#again(running, work, answer[3])
      } else if (answer[2] === 'key-absent') void this.#onAbsent(running, work, answer[3])
      else this.#queue.fail(work, new MemberError(answer[2], answer[3]))
    }
    if (lost) kill(running)
    else if (running.draining) closeDrained(running)
    else this.#recycle(running, message.memory)
    this.#flush()
  }

  // A fresh process is warmed, then takes the place of the old one, which finishes what it has.
  #recycle(running: Running, memory: number): void {
    const { recycleMemory, recycleOperations } = this.#options.limits
    const grown = memory - running.client.ready.memory
    if (this.#starts.underWay > 0 || this.#state === 'latched') return
    if (running.operations < recycleOperations && grown < recycleMemory) return
    const facts = { pid: running.client.pid, operations: running.operations, grown }
    this.#options.onEvent('recycling token process', facts)
    void replace(running, () => this.#startProcess())
  }

  async #onAbsent(running: Running, work: Work, detail: string): Promise<void> {
    if (isLastWord(running, work)) return this.#queue.absent(work, detail)
    if (running.renewal === undefined) {
      const facts = { pid: running.client.pid, detail }
      this.#options.onEvent('token process does not see a key, replacing it', facts)
    }
    const renewed = replace(running, () => this.#startProcess())
    const elsewhere = this.#options.elsewhere() && !isBound(work)
    if (!elsewhere && (await renewed)) this.#queue.again(work, detail, false)
    else this.#queue.fail(work, new MemberError('key-absent', detail))
    this.#flush()
  }

  #again(lost: Running, work: Work, detail: string): void {
    const others = [...this.#running].filter((running) => running !== lost)
    this.#queue.again(work, detail, this.#options.elsewhere() || mayRepeatUnseen(others, work))
  }

  #onExit(running: Running): void {
    this.#running.delete(running)
    if (this.#state === 'closed') return
    if (!running.draining) {
      const facts = { pid: running.client.pid, inFlight: running.inFlight.size }
      this.#options.onEvent('token process ended, replacing it', facts)
    }
    for (const work of running.inFlight.values()) this.#again(running, work, 'the token process ended')
    if (this.#running.size === 0) this.#onLastExit()
    this.#fill()
    this.#flush()
  }

  // Others are asked first until a process is back; with a latch none will be.
  #onLastExit(): void {
    if (this.#state === 'ready') this.#state = 'starting'
    if (this.#state === 'latched') this.#giveUp('latched', this.#failure?.message ?? '')
    if (this.#options.elsewhere())
      this.#queue.giveAway(new MemberError('token-lost', `${this.name} has no process`))
  }

  #watch(): void {
    const now = Date.now()
    const { callTimeout } = this.#options.limits
    for (const running of this.#running) {
      if (isStuck(running, this.#pace)) this.#giveAway(running)
      if (!running.killed && running.batches > 0 && now - running.since > callTimeout) {
        this.#options.onEvent('token process does not answer, killing it', { pid: running.client.pid })
        kill(running)
      }
    }
    this.#queue.expire(now, `${this.name} did not answer in time`)
  }

  // What a process that owes answers has taken on is done by another one, or another member; late answers find nobody.
  #giveAway(running: Running): void {
    if (!this.isStuck) {
      this.#queue.takeBack(running)
      this.#flush()
      return
    }
    if (!this.#options.elsewhere()) return
    this.#queue.giveAway(new MemberError('token-lost', `${this.name} is slow to answer`), running)
  }

  #missing(): number {
    const serving = [...this.#running].filter((running) => !running.draining).length
    return this.#options.processes - serving - this.#starts.underWay
  }

  #fill(): void {
    if (this.#state === 'latched' || this.#state === 'closed') return
    for (let missing = this.#missing(); missing > 0; missing--) void this.#startProcess().catch(() => {})
  }

  async #startProcess(): Promise<void> {
    try {
      await this.#starts.run(() => this.#open())
    } catch (error) {
      this.#onFailedStart(error)
      throw error
    }
  }

  async #open(): Promise<void> {
    if (this.#state === 'latched' && this.#failure !== undefined) throw this.#failure
    if (this.#state === 'closed') throw new TokenOpenError('token-unwell', 'closing')
    let running: Running | undefined
    const client = await logIn(this.#options, this.#pin, {
      onAnswers: (message) => running && this.#onAnswers(running, message),
      onExit: () => running && this.#onExit(running),
    })
    running = newRunning(client)
    // It may have come to that meanwhile.
    if ((this.#state as MemberState) === 'closed') {
      client.kill()
      return
    }
    this.#running.add(running)
    this.#state = 'ready'
    this.#failure = undefined
    this.#ready = client.ready
    reportComparison(this.#options.onEvent, client.ready.comparison)
    this.#options.onEvent('token process ready', { pid: client.pid, keys: client.ready.keys })
    this.#flush()
  }

  #onFailedStart(error: unknown): void {
    if (this.#state === 'closed') return
    const failure =
      error instanceof TokenOpenError ? error : new TokenOpenError('token-unwell', String(error))
    this.#failure = failure
    const { reason, message: detail } = failure
    this.#options.onEvent('token process did not start', { reason, detail }, 'warn')
    if (reason === 'pin-refused') {
      this.#giveUp('latched', detail)
      return
    }
    if (this.#running.size === 0) {
      // One start that fails is no sign yet: work may wait for the next.
      if (this.#starts.hopeless) this.#giveUp('down', detail)
      else this.#state = 'starting'
    }
    this.#starts.later(() => this.#fill())
  }

  #giveUp(state: 'latched' | 'down', detail: string): void {
    this.#state = state
    if (this.#running.size > 0) return
    this.#queue.failAll(new MemberError('token-lost', detail))
  }
}
