// Enable, disable, archive, and the two steps of deletion: one transition each, checked inside the write.
import { type Key, type Lifecycle, nextState } from '../key.ts'
import type { KeyEvent } from '../key-state.ts'
import { type Caller, findKey, type KeyReference, requireOwned, type Services } from '../services.ts'

const day = 86_400_000

/** `lifecycle` is the dialect's table of what each state allows. */
export interface ChangeKeyStateInput {
  readonly key: KeyReference
  readonly event: Extract<KeyEvent, 'enable' | 'disable' | 'archive' | 'cancel-archive' | 'cancel-deletion'>
  readonly lifecycle: Lifecycle
}

/** Throws `key-not-found`, `alias-not-found`, `key-state-refuses-change`. */
export function changeKeyState(services: Services, caller: Caller, input: ChangeKeyStateInput): Promise<Key> {
  return apply(services, caller, input.key, input.event, input.lifecycle, () => null)
}

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
  return apply(services, caller, input.key, 'schedule-deletion', input.lifecycle, deletionAt)
}

async function apply(
  services: Services,
  caller: Caller,
  reference: KeyReference,
  event: KeyEvent,
  lifecycle: Lifecycle,
  deletionAt: () => number | null,
): Promise<Key> {
  const { id } = await findKey(services, caller, reference)
  return services.store.transact(async (writer) => {
    const key = requireOwned(services, caller, await writer.key(id), id)
    const state = nextState(key, event, lifecycle)
    const changed = { ...key, state, deletionAt: deletionAt() }
    if (state !== key.state) await writer.setState(id, state, changed.deletionAt)
    return changed
  })
}
