// Keys that a process does not see though they may be there: a fresh process has the last word.
import type { MemberOptions } from './member.ts'
import type { Running, Work } from './work-queue.ts'

/**
 * True when what a process says is not there is not there. SoftHSM 2.6: a process that writes an object while another one
 * does may never see that one's. A process that has written nothing sees all there is, as a fresh one does.
 */
export function isLastWord({ wrote, client }: Running, key: string): boolean {
  return !wrote || client.ready.comparison.absent.includes(key)
}

/** Has a process replaced that may not see all keys, once. False when no other could be started. */
export function renew(
  running: Running,
  key: string,
  replace: (running: Running) => Promise<void>,
  onEvent: MemberOptions['onEvent'],
): Promise<boolean> {
  if (running.renewal === undefined) {
    onEvent('token process does not see a key, replacing it', { pid: running.client.pid, key })
    running.renewal = replace(running).then(
      () => true,
      () => {
        running.renewal = undefined
        return false
      },
    )
  }
  return running.renewal
}

/** True when one of these processes would make a key again that is there already, because it does not see it. */
export function mayRepeatUnseen(others: readonly Running[], { request }: Work): boolean {
  return (
    request[1] === 'createKey' && others.some(({ wrote, draining, killed }) => wrote && !draining && !killed)
  )
}

/** The key version that work is about; nothing of sense for work that names none. */
export function keyOf({ request }: Work): string {
  return String(request[2])
}
