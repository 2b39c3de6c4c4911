// A page of one key's versions.
import type { KeyVersion } from '../key.ts'
import type { Listed, Page } from '../ports.ts'
import { type Caller, findSharedKey, type KeyReference, type Services } from '../services.ts'

/** Newest version first. Throws `key-not-found`, `alias-not-found`. */
export async function listKeyVersions(
  services: Services,
  caller: Caller,
  input: { key: KeyReference } & Page,
): Promise<Listed<KeyVersion> & { keyId: string }> {
  const key = await findSharedKey(services, caller, input.key)
  const versions = await services.store.listVersions(key.id, { offset: input.offset, limit: input.limit })
  return { ...versions, keyId: key.id }
}
