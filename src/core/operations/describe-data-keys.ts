// What is known about several hosted data keys.
import type { DataKey } from '../data-key.ts'
import { type Caller, findDataKey, type Services } from '../services.ts'

/** The data keys, in the order asked for. Throws `data-key-not-found` for the first that is not there. */
export function describeDataKeys(
  services: Services,
  caller: Caller,
  input: { dataKeyIds: readonly string[] },
): Promise<readonly DataKey[]> {
  return Promise.all(input.dataKeyIds.map((dataKeyId) => findDataKey(services, caller, dataKeyId)))
}
