// What is known about several keys.
import type { Key } from '../key.ts'
import { type Caller, findKey, type Services } from '../services.ts'

/** The keys, in the order asked for. Throws `key-not-found` for the first that is not there. */
export function describeKeys(
  services: Services,
  caller: Caller,
  input: { keyIds: readonly string[] },
): Promise<readonly Key[]> {
  return Promise.all(input.keyIds.map((keyId) => findKey(services, caller, { keyId })))
}
