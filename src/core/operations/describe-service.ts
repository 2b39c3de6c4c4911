// The service as an account sees it: its clusters, and how much of its quota is used.
import type { ClusterInfo } from '../ports.ts'
import type { Caller, Services } from '../services.ts'

export interface ServiceDescription {
  readonly clusters: readonly ClusterInfo[]
  readonly cmkCount: number
  /** Null for no limit. */
  readonly cmkQuota: number | null
}

/** Never throws on its own account. */
export async function describeService(services: Services, caller: Caller): Promise<ServiceDescription> {
  const { hsm, store, cmkQuota } = services
  return { clusters: hsm.clusters, cmkCount: await store.countKeys(caller.accountId), cmkQuota }
}
