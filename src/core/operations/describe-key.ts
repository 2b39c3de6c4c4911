// What is known about one key.
import type { Key } from '../key.ts'
import { type Caller, findSharedKey, type KeyReference, type Services } from '../services.ts'

/** The key. Throws `key-not-found`, `alias-not-found`. */
export function describeKey(services: Services, caller: Caller, input: { key: KeyReference }): Promise<Key> {
  return findSharedKey(services, caller, input.key)
}
