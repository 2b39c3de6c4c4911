// Hosted data keys are enabled, disabled, scheduled for deletion, or taken back from it: all of those named, or none.
import { type DataKey, nextDataKeyState } from '../data-key.ts'
import type { DataKeyEvent } from '../data-key-state.ts'
import { requireRoomForDataKey } from '../hosting.ts'
import { requireUse } from '../key.ts'
import { type Caller, findDataKey, requireDataKey, requireOwned, type Services } from '../services.ts'
import { day } from '../units.ts'

export type ChangeDataKeyStateInput = { readonly dataKeyIds: readonly string[] } & (
  | { readonly event: Exclude<DataKeyEvent, 'schedule-deletion'> }
  /** Days until the data keys are gone; the dialect has checked the range. */
  | { readonly event: 'schedule-deletion'; readonly days: number }
)

/**
 * The data keys as they are then. A data key is enabled only while its CMK can be used, and taken back from its
 * deletion only while the quota has room. Throws `data-key-not-found`, `data-key-state-refuses-change`,
 * `key-state-refuses-use`, `data-key-quota-exceeded`.
 */
export async function changeDataKeyState(
  services: Services,
  caller: Caller,
  input: ChangeDataKeyStateInput,
): Promise<readonly DataKey[]> {
  // One after the other, so that the first that will not do decides the answer.
  for (const dataKeyId of input.dataKeyIds) await findDataKey(services, caller, dataKeyId)
  const deletionAt = input.event === 'schedule-deletion' ? services.clock() + input.days * day : null
  return services.store.transact(async (writer) => {
    const changed: DataKey[] = []
    for (const dataKeyId of input.dataKeyIds) {
      const dataKey = requireDataKey(services, caller, await writer.dataKey(dataKeyId), dataKeyId)
      const state = nextDataKeyState(dataKey, input.event)
      if (input.event === 'enable') {
        const { keyId } = dataKey
        requireUse(requireOwned(services, caller, await writer.key(keyId), keyId), 'encrypt')
      }
      if (input.event === 'cancel-deletion') await requireRoomForDataKey(services, caller, writer)
      await writer.setDataKeyState(dataKeyId, state, deletionAt)
      changed.push({ ...dataKey, state, deletionAt })
    }
    return changed
  })
}
