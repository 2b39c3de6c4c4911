// The policy of one key.
import { kmsError } from '../errors.ts'
import type { Key } from '../key.ts'
import { defaultKeyPolicy } from '../key-policy.ts'
import { type Caller, findKey, type Services } from '../services.ts'

/** The key's policy (JSON), the default one when it was given none. Throws `key-not-found`, `key-policy-unsupported`. */
export async function getKeyPolicy(
  services: Services,
  caller: Caller,
  input: { keyId: string },
): Promise<string> {
  const key = await findKey(services, caller, input)
  requireDedicated(key)
  return key.policy ?? defaultKeyPolicy(key.accountId)
}

/** Throws `key-policy-unsupported` unless the key was made in a cluster that its maker named. */
export function requireDedicated({ id: keyId, dedicated }: Pick<Key, 'id' | 'dedicated'>): void {
  if (!dedicated) throw kmsError('key-policy-unsupported', { keyId })
}
