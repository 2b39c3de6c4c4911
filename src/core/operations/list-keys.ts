// A page of the caller's keys.
import type { Key } from '../key.ts'
import type { KeyFilter, Listed, Page } from '../ports.ts'
import { authorizeAccount, type Caller, requireKnownCluster, type Services } from '../services.ts'

export type ListKeysInput = Omit<KeyFilter, 'accountId'> & Page

/** Throws `cluster-invalid` when the filter names an unknown cluster. */
export async function listKeys(
  services: Services,
  caller: Caller,
  input: ListKeysInput,
): Promise<Listed<Key>> {
  await authorizeAccount(services, caller)
  if (input.clusterId !== undefined) requireKnownCluster(services, input.clusterId)
  const { offset, limit, ...filter } = input
  return services.store.listKeys({ ...filter, accountId: caller.accountId }, { offset, limit })
}
