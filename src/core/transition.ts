// One change of a key's state, checked inside the write that makes it.
import { type Key, type Lifecycle, nextState } from './key.ts'
import type { KeyEvent } from './key-state.ts'
import { type Caller, findKey, type KeyReference, requireOwned, type Services } from './services.ts'

/**
 * Takes the key where the event leads; `deletionAt` gives the date that goes with the new state (ms), or null.
 * Throws `key-not-found`, `alias-not-found`, `key-state-refuses-change`.
 */
export async function transition(
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
