// What is known about one key, or about several.
import type { Key } from '../key.ts'
import { type Caller, findKey, type KeyReference, type Services } from '../services.ts'

/** The key. Throws `key-not-found`, `alias-not-found`. */
export function describeKey(services: Services, caller: Caller, input: { key: KeyReference }): Promise<Key> {
  return findKey(services, caller, input.key)
}

/** The keys, in the order asked for. Throws `key-not-found` for the first that is not there. */
export function describeKeys(
  services: Services,
  caller: Caller,
  input: { keyIds: readonly string[] },
): Promise<readonly Key[]> {
  return Promise.all(input.keyIds.map((keyId) => findKey(services, caller, { keyId })))
}
