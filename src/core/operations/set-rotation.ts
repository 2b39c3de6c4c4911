// Automatic rotation is switched on, off, or to another interval.
import { type Key, type Lifecycle, nextState } from '../key.ts'
import { type Caller, findKey, type KeyReference, requireOwned, type Services } from '../services.ts'

export interface SetRotationInput {
  readonly key: KeyReference
  /** Milliseconds between rotations; null switches it off. */
  readonly interval: number | null
  readonly lifecycle: Lifecycle
}

/**
 * The key with its schedule. The first rotation comes one interval from now; asking again for the interval there is
 * changes nothing. Throws `key-not-found`, `alias-not-found`, `key-state-refuses-change`.
 */
export async function setRotation(
  services: Services,
  caller: Caller,
  { key: reference, interval, lifecycle }: SetRotationInput,
): Promise<Key> {
  const { id } = await findKey(services, caller, reference)
  return services.store.transact(async (writer) => {
    const key = requireOwned(services, caller, await writer.key(id), id)
    nextState(key, interval === null ? 'disable-rotation' : 'enable-rotation', lifecycle)
    if (interval === key.rotationInterval) return key
    const rotationAt = interval === null ? null : services.clock() + interval
    await writer.setRotation(id, interval, rotationAt)
    return { ...key, rotationInterval: interval, rotationAt }
  })
}
