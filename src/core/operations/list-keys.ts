// A page of the caller's keys, and of one key's versions.
import type { Key, KeyVersion } from '../key.ts'
import type { KeyFilter, Listed, Page } from '../ports.ts'
import { type Caller, findKey, type KeyReference, requireKnownCluster, type Services } from '../services.ts'

export type ListKeysInput = Omit<KeyFilter, 'accountId'> & Page

/** Throws `cluster-invalid` when the filter names an unknown cluster. */
export async function listKeys(
  services: Services,
  caller: Caller,
  input: ListKeysInput,
): Promise<Listed<Key>> {
  if (input.clusterId !== undefined) requireKnownCluster(services, input.clusterId)
  const { offset, limit, ...filter } = input
  return services.store.listKeys({ ...filter, accountId: caller.accountId }, { offset, limit })
}

/** Newest version first. Throws `key-not-found`, `alias-not-found`. */
export async function listKeyVersions(
  services: Services,
  caller: Caller,
  input: { key: KeyReference } & Page,
): Promise<Listed<KeyVersion> & { keyId: string }> {
  const key = await findKey(services, caller, input.key)
  const versions = await services.store.listVersions(key.id, { offset: input.offset, limit: input.limit })
  return { ...versions, keyId: key.id }
}
