// Starts of a member's processes: one after the other over all members, again after a growing while when one fails.
import type { Turns } from '../core/ports.ts'

const firstBackOff = 100
const maxBackOff = 5000
const startsUntilDown = 3

/** Counts starts and failures, and plans the next attempt. */
export class Starts {
  readonly #takeTurn: Turns
  readonly #timers = new Set<NodeJS.Timeout>()
  #failed = 0
  #underWay = 0

  constructor(takeTurn: Turns) {
    this.#takeTurn = takeTurn
  }

  /** Starts that wait for their turn or run. */
  get underWay(): number {
    return this.#underWay
  }

  /** So many have failed in a row that nobody should be kept waiting for the next. */
  get hopeless(): boolean {
    return this.#failed >= startsUntilDown
  }

  /** Runs a start when its turn comes. Throws what it throws. */
  async run(start: () => Promise<void>): Promise<void> {
    this.#underWay++
    try {
      await this.#takeTurn(start)
      this.#failed = 0
    } catch (error) {
      this.#failed++
      throw error
    } finally {
      this.#underWay--
    }
  }

  /** Calls back after a while that grows with the failures in a row. */
  later(again: () => void): void {
    const delay = Math.min(maxBackOff, firstBackOff * 2 ** (this.#failed - 1))
    const timer = setTimeout(() => {
      this.#timers.delete(timer)
      again()
    }, delay)
    this.#timers.add(timer)
  }

  /** Plans nothing any more. */
  stop(): void {
    for (const timer of this.#timers) clearTimeout(timer)
  }
}
