// Work of a member: what waits, how much there is in all, and how each piece ends.
import { MemberError } from './member.ts'
import type { TokenClient } from './token-client.ts'
import type { TokenRequest } from './token-protocol.ts'

/** One operation on its way to a token process and back. */
export interface Work {
  readonly id: number
  readonly request: TokenRequest
  /** Milliseconds since the epoch. */
  readonly deadline: number
  attempts: number
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
}

/** Holds the work that waits, and counts what waits or runs. */
export class WorkQueue {
  #waiting: Work[] = []
  #outstanding = 0

  /** Pieces that wait. */
  get length(): number {
    return this.#waiting.length
  }

  /** Pieces that wait or run. */
  get outstanding(): number {
    return this.#outstanding
  }

  add(work: Work): void {
    this.#outstanding++
    this.#waiting.push(work)
  }

  /** The next pieces, which run from now on. */
  take(count: number): Work[] {
    const taken = this.#waiting.splice(0, count)
    for (const work of taken) work.attempts++
    return taken
  }

  /** A piece that ran in vain waits again, before all others. */
  putBack(work: Work): void {
    this.#waiting.unshift(work)
  }

  settle(work: Work, answer: unknown): void {
    this.#outstanding--
    work.resolve(answer)
  }

  fail(work: Work, error: Error): void {
    this.#outstanding--
    work.reject(error)
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

const batchSize = 64
/** Milliseconds a batch should take, so that a slow token's answers do not wait for each other. */
const batchTime = 50

/**
 * Pieces in the next batch: shared out among the free processes, so that one of them does not take a whole burst, and
 * no more than a token at this pace (milliseconds a piece; 0 while unknown) does in good time.
 */
export function batchShare(waiting: number, free: number, pace: number): number {
  const swift = pace === 0 ? batchSize : Math.max(1, Math.floor(batchTime / pace))
  return Math.min(batchSize, Math.ceil(waiting / free), swift)
}
