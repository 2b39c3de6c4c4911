// Processes that are replaced while they live; keys that one does not see though they may be there.
import { keyVersionOf } from './token-protocol.ts'
import { closeDrained, type Running, type Work } from './work-queue.ts'

/**
 * True when what a process says is not there is not there. SoftHSM 2.6: a process that writes an object while another one
 * does may never see that one's. A process that has written nothing sees all there is, as a fresh one does.
 */
export function isLastWord({ wrote, client }: Running, { request: [, name, ...args] }: Work): boolean {
  const keyVersionId = keyVersionOf(name, args)
  const isMissed = keyVersionId !== undefined && client.ready.comparison.absent.includes(keyVersionId)
  return !wrote || isMissed
}

/**
 * Has a fresh process take the place of one, which then finishes what it has: once, whoever asks. False when none could be
 * started.
 */
export function replace(running: Running, start: () => Promise<void>): Promise<boolean> {
  running.renewal ??= start().then(
    () => {
      running.draining = true
      closeDrained(running)
      return true
    },
    () => {
      running.renewal = undefined
      return false
    },
  )
  return running.renewal
}

/** True when one of these processes would make a key again that is there already, because it does not see it. */
export function mayRepeatUnseen(others: readonly Running[], { request }: Work): boolean {
  return (
    request[1] === 'createKey' && others.some(({ wrote, draining, killed }) => wrote && !draining && !killed)
  )
}
