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
  /** Whether limits are shared as configured; when they are not the node goes on by itself and is ready. */
  readonly limits?: PartReadiness
  readonly clusters: Readonly<Record<string, ClusterReadiness>>
}

/** The tokens, and what each member says of itself. */
export interface ProvableHsm extends Pick<Hsm, 'clusters' | 'prove'> {
  status(): readonly { readonly id: string; readonly members: readonly MemberReadiness[] }[]
}

/** What readiness is asked of. */
export interface ReadinessParts {
  readonly store: Pick<Store, 'ping'>
  readonly hsm: ProvableHsm
  readonly audit?: AuditState
  /** Why limits are not shared as configured. */
  readonly limits?: { readonly problem: string | undefined }
}

/** Asks every part; never throws. `describe` turns an error into a line for operators. */
export async function checkReadiness(
  { store, hsm, audit, limits }: ReadinessParts,
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
  const recorded = audit?.problem === undefined
  return {
    ready: storeReadiness.ready && recorded && clusters.every(({ ready }) => ready),
    store: storeReadiness,
    ...(audit === undefined ? {} : { audit: partOf(audit.problem, audit.warning) }),
    ...(limits === undefined ? {} : { limits: partOf(undefined, limits.problem) }),
    clusters: Object.fromEntries(
      hsm.clusters.map(({ id }, index) => [
        id,
        { ...(clusters[index] as PartReadiness), members: membersOf(hsm, id) },
      ]),
    ),
  }
}

function partOf(error: string | undefined, warning: string | undefined): PartReadiness {
  return {
    ready: error === undefined,
    ...(error === undefined ? {} : { error }),
    ...(warning === undefined ? {} : { warning }),
  }
}

function membersOf(hsm: ProvableHsm, clusterId: string): readonly MemberReadiness[] {
  const members = hsm.status().find(({ id }) => id === clusterId)?.members ?? []
  return members.map(({ name, state, detail }) => ({
    name,
    state,
    ...(detail === undefined ? {} : { detail }),
  }))
}
