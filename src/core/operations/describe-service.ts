// The service as an account sees it: its clusters, and how much of its quota is used.
import type { ClusterInfo } from '../ports.ts'
import type { Caller, Services } from '../services.ts'

export interface ServiceDescription {
  readonly clusters: readonly ClusterInfo[]
  readonly cmkCount: number
  readonly dataKeyCount: number
  readonly quotas: Services['quotas']
}

/** Never throws on its own account. */
export async function describeService(services: Services, caller: Caller): Promise<ServiceDescription> {
  const { hsm, store, quotas } = services
  const [cmkCount, dataKeyCount] = await Promise.all([
    store.countKeys(caller.accountId),
    store.countDataKeys(caller.accountId),
  ])
  return { clusters: hsm.clusters, cmkCount, dataKeyCount, quotas }
}
