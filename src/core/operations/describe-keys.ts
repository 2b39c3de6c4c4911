// What is known about several keys.
import type { Key } from '../key.ts'
import { type Caller, findKey, type Services } from '../services.ts'

/** The keys, in the order asked for. Throws `key-not-found` or `access-denied` for the first that will not do. */
export async function describeKeys(
  services: Services,
  caller: Caller,
  input: { keyIds: readonly string[] },
): Promise<readonly Key[]> {
  const keys: Key[] = []
  for (const keyId of input.keyIds) keys.push(await findKey(services, caller, { keyId }))
  return keys
}
