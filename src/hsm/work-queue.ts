// Work of a member: what waits, how much there is in all, and how each piece ends.
import { MemberError, type OnServed } from './member.ts'
import type { TokenClient } from './token-client.ts'
import type { TokenAnswer, TokenOperation, TokenOperations, TokenRequest } from './token-protocol.ts'

const maxAttempts = 3

/** One operation on its way to a token process and back. */
export interface Work {
  readonly id: number
  readonly request: TokenRequest
  /** Milliseconds since the epoch. */
  readonly deadline: number
  attempts: number
  /** When it came, and when it was last taken on; of `performance.now()`. */
  readonly added: number
  taken: number
  resolve(answer: unknown): void
  reject(error: Error): void
}

/** A token process and what it has taken on. */
export interface Running {
  readonly client: TokenClient
  readonly inFlight: Map<number, Work>
  /** When the oldest unanswered batch became the one being worked on. */
  since: number
  batches: number
  operations: number
  /** Takes no more work: a fresh process has its place. */
  draining: boolean
  /** Killed, though its end has not been heard of yet. */
  killed: boolean
  /** It has made or destroyed objects. */
  wrote: boolean
  /** The start of the process that takes its place, if one is under way. */
  renewal: Promise<boolean> | undefined
}

/** Holds the work that waits, and counts what waits or runs. */
export class WorkQueue {
  #waiting: Work[] = []
  #outstanding = 0
  #nextId = 1
  readonly #onServed: OnServed | undefined

  constructor(onServed?: OnServed) {
    this.#onServed = onServed
  }

  /** Pieces that wait. */
  get length(): number {
    return this.#waiting.length
  }

  /** Pieces that wait or run. */
  get outstanding(): number {
    return this.#outstanding
  }

  /** Lets an operation wait for its turn; resolves with its answer. */
  add<Name extends TokenOperation>(
    name: Name,
    args: TokenOperations[Name]['args'],
    deadline: number,
  ): Promise<TokenOperations[Name]['answer']> {
    const id = this.#nextId++
    const request = [id, name, ...args] as unknown as TokenRequest
    this.#outstanding++
    return new Promise((resolve, reject) => {
      const settle = resolve as (answer: unknown) => void
      const added = performance.now()
      this.#waiting.push({ id, request, deadline, attempts: 0, added, taken: added, resolve: settle, reject })
    })
  }

  /** The next batch for one of so many free processes; it runs from now on. */
  take(free: number, pace: number): Work[] {
    const taken = this.#waiting.splice(0, batchShare(this.#waiting.length, free, pace))
    const now = performance.now()
    for (const work of taken) {
      work.attempts++
      work.taken = now
    }
    return taken
  }

  /** A piece that ran in vain waits again, before all others. */
  putBack(work: Work): void {
    this.#waiting.unshift(work)
  }

  /**
   * What a process has taken on waits again, but for pieces that were tried as often as they may be. Keys are not made
   * again while it lives: it may make them yet, and another process would not find them.
   */
  takeBack(running: Running): void {
    for (const work of running.inFlight.values()) {
      if (work.attempts >= maxAttempts || work.request[1] === 'createKey') continue
      running.inFlight.delete(work.id)
      this.putBack(work)
    }
  }

  settle(work: Work, answer: unknown): void {
    this.#outstanding--
    this.#onServed?.(work.taken - work.added, performance.now() - work.taken)
    work.resolve(answer)
  }

  fail(work: Work, error: Error): void {
    this.#outstanding--
    work.reject(error)
  }

  /** No object of its key is there, which is as good as destroyed. */
  absent(work: Work, detail: string): void {
    if (isBound(work)) this.settle(work, null)
    else this.fail(work, new MemberError('key-absent', detail))
  }

  /** What ran in vain, its process lost, waits again, unless it may not or is better done elsewhere. */
  again(work: Work, detail: string, elsewhere: boolean): void {
    if (work.attempts >= maxAttempts || (elsewhere && !isBound(work)))
      this.fail(work, new MemberError('token-lost', detail))
    else if (Date.now() >= work.deadline) this.fail(work, new MemberError('timeout', detail))
    else this.putBack(work)
  }

  /** Fails what other members can do as well: what waits, and what a process has taken on. */
  giveAway(error: Error, running?: Running): void {
    for (const work of running?.inFlight.values() ?? []) {
      if (isBound(work)) continue
      running?.inFlight.delete(work.id)
      this.fail(work, error)
    }
    const waiting = this.#waiting
    this.#waiting = waiting.filter(isBound)
    for (const work of waiting) if (!isBound(work)) this.fail(work, error)
  }

  /** Fails everything that waits. */
  failAll(error: Error): void {
    for (const work of this.#waiting.splice(0)) this.fail(work, error)
  }

  /** Fails what has waited past its deadline. */
  expire(now: number, detail: string): void {
    const late = this.#waiting.filter((work) => work.deadline <= now)
    if (late.length === 0) return
    this.#waiting = this.#waiting.filter((work) => work.deadline > now)
    for (const work of late) this.fail(work, new MemberError('timeout', detail))
  }
}

/** True for work that no other member can do in this one's place: each destroys its own copy. */
export function isBound({ request }: Work): boolean {
  return request[1] === 'destroyKey'
}

const writes: readonly TokenOperation[] = ['createKey', 'destroyKey', 'auditKey', 'writeAnchor']

/** True when an answer tells of objects made or destroyed, or may: one that nobody waits for any more. */
export function tellsOfWrite(work: Work | undefined, [, ok, failure]: TokenAnswer): boolean {
  if (work === undefined) return true
  return writes.includes(work.request[1]) && (ok || failure !== 'key-absent')
}

/** Milliseconds without an answer after which work is given to another process or member, if there is one. */
const patience = 500
/** So many times what an operation takes as of late is no sign of trouble either. */
const patientOperations = 20
const batchesAhead = 2

/** A process that has just become ready. */
export function newRunning(client: TokenClient): Running {
  return {
    client,
    inFlight: new Map(),
    since: 0,
    batches: 0,
    operations: 0,
    draining: false,
    killed: false,
    wrote: false,
    renewal: undefined,
  }
}

/** Ends a process that another one has taken the place of, once it owes nothing. */
export function closeDrained({ inFlight, client }: Running): void {
  if (inFlight.size === 0) client.send({ type: 'close' })
}

/** Ends a process at once; it gets no more work while it ends. */
export function kill(running: Running): void {
  running.killed = true
  running.client.kill()
}

/** True for a process that has owed an answer for so long that its work is better done elsewhere, or was killed. */
export function isStuck({ batches, since, killed }: Running, pace: number): boolean {
  if (killed) return true
  return batches > 0 && Date.now() - since > Math.max(patience, patientOperations * pace)
}

/** The processes that can take a batch, the least busy first. */
export function freeProcesses(all: Iterable<Running>, pace: number): readonly Running[] {
  return [...all]
    .filter((running) => !running.draining && running.batches < batchesAhead && !isStuck(running, pace))
    .sort((a, b) => a.inFlight.size - b.inFlight.size)
}

const batchSize = 64
/** Milliseconds a batch should take, so that a slow token's answers do not wait for each other. */
const batchTime = 50

/**
 * Pieces in the next batch: shared out among the free processes, so that one of them does not take a whole burst, and
 * no more than a token at this pace (milliseconds a piece; 0 while unknown) does in good time.
 */
function batchShare(waiting: number, free: number, pace: number): number {
  const swift = pace === 0 ? batchSize : Math.max(1, Math.floor(batchTime / pace))
  return Math.min(batchSize, Math.ceil(waiting / free), swift)
}
