// The blob of a hosted data key, which its CMK opens like any other.
import { type DataKey, requireDataKeyUse } from '../data-key.ts'
import { type Caller, findDataKey, type Services } from '../services.ts'

/** The data key with its blob and context. Throws `data-key-not-found`, `data-key-state-refuses-use`. */
export async function exportDataKey(
  services: Services,
  caller: Caller,
  { dataKeyId }: { readonly dataKeyId: string },
): Promise<DataKey> {
  const dataKey = await findDataKey(services, caller, dataKeyId)
  requireDataKeyUse(dataKey)
  return dataKey
}
