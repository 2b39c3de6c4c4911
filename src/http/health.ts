// Readiness: every cluster proved by a real wrap and unwrap, and the store reachable.
import type { Hsm, Store } from '../core/ports.ts'

/** One part's answer; `error` says what an operator needs, never a secret. */
export interface PartReadiness {
  readonly ready: boolean
  readonly error?: string
  /** What an operator should see to though all is served. */
  readonly warning?: string
}

/** Why records cannot be kept, and what else is wrong with them. */
export interface AuditState {
  readonly problem: string | undefined
  readonly warning: string | undefined
}

/** A member's state and, unless it serves, what it says of itself. */
export interface MemberReadiness {
  readonly name: string
  readonly state: string
  readonly detail?: string
}

export interface ClusterReadiness extends PartReadiness {
  readonly members: readonly MemberReadiness[]
}

export interface Readiness {
  readonly ready: boolean
  readonly store: PartReadiness
  /** Whether calls can be recorded; absent where nobody records. */
  readonly audit?: PartReadiness
  readonly clusters: Readonly<Record<string, ClusterReadiness>>
}

/** The tokens, and what each member says of itself. */
export interface ProvableHsm extends Pick<Hsm, 'clusters' | 'prove'> {
  status(): readonly { readonly id: string; readonly members: readonly MemberReadiness[] }[]
}

/** Asks every part; never throws. `describe` turns an error into a line for operators. */
export async function checkReadiness(
  store: Pick<Store, 'ping'>,
  hsm: ProvableHsm,
  audit: AuditState | undefined,
  describe: (error: unknown) => string,
): Promise<Readiness> {
  const ask = async (proof: () => Promise<void>): Promise<PartReadiness> => {
    try {
      await proof()
      return { ready: true }
    } catch (error) {
      return { ready: false, error: describe(error) }
    }
  }
  const [storeReadiness, ...clusters] = await Promise.all([
    ask(() => store.ping()),
    ...hsm.clusters.map(({ id }) => ask(() => hsm.prove(id))),
  ])
  const problem = audit?.problem
  return {
    ready: storeReadiness.ready && problem === undefined && clusters.every(({ ready }) => ready),
    store: storeReadiness,
    ...(audit === undefined ? {} : { audit: auditReadiness(audit) }),
    clusters: Object.fromEntries(
      hsm.clusters.map(({ id }, index) => [
        id,
        { ...(clusters[index] as PartReadiness), members: membersOf(hsm, id) },
      ]),
    ),
  }
}

function auditReadiness({ problem, warning }: AuditState): PartReadiness {
  const warned = warning === undefined ? {} : { warning }
  return problem === undefined ? { ready: true, ...warned } : { ready: false, error: problem, ...warned }
}

function membersOf(hsm: ProvableHsm, clusterId: string): readonly MemberReadiness[] {
  const members = hsm.status().find(({ id }) => id === clusterId)?.members ?? []
  return members.map(({ name, state, detail }) => ({
    name,
    state,
    ...(detail === undefined ? {} : { detail }),
  }))
}
