// A page of the caller's hosted data keys.
import type { DataKey } from '../data-key.ts'
import type { DataKeyFilter, Listed, Page } from '../ports.ts'
import {
  authorizeAccount,
  type Caller,
  requireKnownCluster,
  requireOwned,
  type Services,
} from '../services.ts'

export type ListDataKeysInput = Omit<DataKeyFilter, 'accountId' | 'now'> & Page

/** Throws `cluster-invalid`, `key-not-found` when the filter names a cluster or a CMK that is not there. */
export async function listDataKeys(
  services: Services,
  caller: Caller,
  input: ListDataKeysInput,
): Promise<Listed<DataKey>> {
  await authorizeAccount(services, caller)
  const { offset, limit, ...filter } = input
  const { keyId } = filter
  if (filter.clusterId !== undefined) requireKnownCluster(services, filter.clusterId)
  if (keyId !== undefined) requireOwned(services, caller, await services.store.key(keyId), keyId)
  const own = { ...filter, accountId: caller.accountId, now: services.clock() }
  return services.store.listDataKeys(own, { offset, limit })
}
