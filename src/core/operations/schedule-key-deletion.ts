// A key is to be destroyed when its window is over.
import type { Key, Lifecycle } from '../key.ts'
import type { Caller, KeyReference, Services } from '../services.ts'
import { transition } from '../transition.ts'
import { day } from '../units.ts'

export interface ScheduleKeyDeletionInput {
  readonly key: KeyReference
  /** Days until the key is destroyed; the dialect has checked the range. */
  readonly days: number
  readonly lifecycle: Lifecycle
}

/** The key with its deletion date. Throws `key-not-found`, `alias-not-found`, `key-state-refuses-change`. */
export function scheduleKeyDeletion(
  services: Services,
  caller: Caller,
  input: ScheduleKeyDeletionInput,
): Promise<Key> {
  const deletionAt = () => services.clock() + input.days * day
  return transition(services, caller, input.key, 'schedule-deletion', input.lifecycle, deletionAt)
}
