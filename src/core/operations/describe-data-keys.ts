// What is known about several hosted data keys.
import type { DataKey } from '../data-key.ts'
import { type Caller, findDataKey, type Services } from '../services.ts'

/** The data keys, in the order asked for. Throws `data-key-not-found` or `access-denied` for the first that will not do. */
export async function describeDataKeys(
  services: Services,
  caller: Caller,
  input: { dataKeyIds: readonly string[] },
): Promise<readonly DataKey[]> {
  const dataKeys: DataKey[] = []
  for (const dataKeyId of input.dataKeyIds) dataKeys.push(await findDataKey(services, caller, dataKeyId))
  return dataKeys
}
