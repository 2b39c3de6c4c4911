// One version of a key.
import { kmsError } from '../errors.ts'
import type { KeyVersion } from '../key.ts'
import { type Caller, findSharedKey, type KeyReference, type Services } from '../services.ts'

/** Throws `key-not-found`, `alias-not-found`, `key-version-not-found`. */
export async function describeKeyVersion(
  services: Services,
  caller: Caller,
  input: { key: KeyReference; keyVersionId: string },
): Promise<KeyVersion> {
  const key = await findSharedKey(services, caller, input.key)
  const found = await services.store.keyOfVersion(input.keyVersionId)
  if (found === undefined || found.key.id !== key.id) {
    throw kmsError('key-version-not-found', { keyVersionId: input.keyVersionId })
  }
  return found.version
}
