// The service as an account sees it: its clusters, and how much of its quota is used.
import type { ClusterInfo } from '../ports.ts'
import { authorizeAccount, type Caller, type Services } from '../services.ts'

export interface ServiceDescription {
  readonly clusters: readonly ClusterInfo[]
  readonly cmkCount: number
  readonly dataKeyCount: number
  readonly quotas: Services['quotas']
}

/** Throws `access-denied`. */
export async function describeService(services: Services, caller: Caller): Promise<ServiceDescription> {
  await authorizeAccount(services, caller)
  const { hsm, store, quotas } = services
  const [cmkCount, dataKeyCount] = await Promise.all([
    store.countKeys(caller.accountId),
    store.countDataKeys(caller.accountId),
  ])
  return { clusters: hsm.clusters, cmkCount, dataKeyCount, quotas }
}
