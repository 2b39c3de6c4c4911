// Turns in one process: whoever asks runs when those before have ended.
import type { Turns } from './ports.ts'

/** Turns of their own; nobody else shares them. */
export function createTurns(): Turns {
  let last: Promise<unknown> = Promise.resolve()
  return (run) => {
    const turn = last.then(run, run)
    last = turn.catch(() => {})
    return turn
  }
}
