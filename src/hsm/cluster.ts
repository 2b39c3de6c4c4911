// The Hsm port over clusters of members: choice of a member, another try elsewhere, errors in core's words.
import { kmsError } from '../core/errors.ts'
import type { ClusterInfo, Hsm } from '../core/ports.ts'
import type { Strategy } from '../core/sealed.ts'
import { MemberError, type MemberLimits, type MemberStatus } from './member.ts'
import { TokenOpenError } from './token-client.ts'
import { TokenMember } from './token-member.ts'
import type { TokenOperation, TokenOperations } from './token-protocol.ts'

const currentStrategy: Strategy = 'rfc3394'
const startTimeout = 30_000

/** A member as configured, its PIN read and its paths resolved. */
export interface MemberConfig {
  readonly name: string
  readonly module: string
  readonly token: string
  readonly pin: string
  readonly env: Readonly<Record<string, string>>
  readonly initArgs: string
  readonly processes: number
}

export interface ClusterConfig extends ClusterInfo {
  readonly members: readonly MemberConfig[]
}

export interface HsmOptions {
  readonly clusters: readonly ClusterConfig[]
  readonly limits: MemberLimits
  /** Working directory of token processes. */
  readonly cwd: string
  readonly onEvent: (event: string, facts: Readonly<Record<string, unknown>>) => void
}

export interface ClusterStatus {
  readonly id: string
  readonly members: readonly MemberStatus[]
}

/** The port, and what its owner needs besides. */
export interface TokenHsm extends Hsm {
  /**
   * Starts every member. Throws MemberConfigError when a member's configuration cannot work (module, token or PIN);
   * a token that is merely unwell is tried again in the background.
   */
  start(): Promise<void>
  status(): readonly ClusterStatus[]
  /** Lets work in flight finish, then closes sessions and processes. */
  close(): Promise<void>
}

/** A member's configuration cannot work. The message holds no secret. */
export class MemberConfigError extends Error {
  override readonly name = 'MemberConfigError'
  readonly clusterId: string
  readonly memberName: string
  /** The member's option that is at fault. */
  readonly option: 'module' | 'token' | 'pin'

  constructor(clusterId: string, memberName: string, reason: keyof typeof faults, cause: unknown) {
    const detail = cause instanceof Error ? cause.message : ''
    super(`${faults[reason].problem} (cluster ${clusterId}, member ${memberName}: ${detail})`, { cause })
    this.clusterId = clusterId
    this.memberName = memberName
    this.option = faults[reason].option
  }
}

const faults = {
  'module-unusable': { option: 'module', problem: 'the library cannot be used' },
  'token-not-found': { option: 'token', problem: 'there is no such token' },
  'token-ambiguous': { option: 'token', problem: 'more than one token answers to it' },
  'pin-refused': { option: 'pin', problem: 'the token refused it; it is not tried again' },
} as const

interface Cluster {
  readonly info: ClusterInfo
  readonly members: readonly TokenMember[]
}

/** Builds the clusters; nothing runs before `start`. */
export function createHsm(options: HsmOptions): TokenHsm {
  const takeTurn = createTurns()
  const clusters = options.clusters.map((config) => ({
    info: Object.freeze({ id: config.id, name: config.name, default: config.default }),
    members: config.members.map((member) => createMember(options, config, member, takeTurn)),
  }))
  const run = <Name extends TokenOperation>(id: string, name: Name, ...args: TokenOperations[Name]['args']) =>
    callCluster(find(clusters, id), name, args)
  return {
    clusters: clusters.map(({ info }) => info),
    start: () => startAll(clusters),
    status: () =>
      clusters.map(({ info, members }) => ({ id: info.id, members: members.map((m) => m.status()) })),
    async generate(clusterId, keyVersionId, length, binding) {
      const answer = await run(clusterId, 'generate', keyVersionId, length, binding)
      return { ...answer, strategy: currentStrategy }
    },
    async wrap(clusterId, keyVersionId, bytes, binding) {
      return {
        wrapped: await run(clusterId, 'wrap', keyVersionId, bytes, binding),
        strategy: currentStrategy,
      }
    },
    unwrap: (clusterId, keyVersionId, { strategy, wrapped }, binding) =>
      run(clusterId, 'unwrap', keyVersionId, strategy, wrapped, binding),
    random: (clusterId, length) => run(clusterId, 'random', length),
    createKey: (clusterId, keyVersionId, label) => run(clusterId, 'createKey', keyVersionId, label),
    async destroyKey(clusterId, keyVersionId) {
      await run(clusterId, 'destroyKey', keyVersionId)
    },
    async prove(clusterId) {
      await run(clusterId, 'prove')
    },
    async close() {
      await Promise.all(clusters.flatMap(({ members }) => members.map((member) => member.close())))
    },
  }
}

function createMember(
  options: HsmOptions,
  cluster: ClusterConfig,
  config: MemberConfig,
  takeTurn: <Result>(start: () => Promise<Result>) => Promise<Result>,
): TokenMember {
  const { module, initArgs, token, pin, env, name, processes } = config
  return new TokenMember({
    name,
    processes,
    limits: options.limits,
    token: { module, initArgs, token, pin, env, cwd: options.cwd, startTimeout },
    takeTurn,
    onEvent: (event, facts) => options.onEvent(event, { cluster: cluster.id, member: name, ...facts }),
  })
}

async function startAll(clusters: readonly Cluster[]): Promise<void> {
  for (const { info, members } of clusters) {
    for (const member of members) {
      try {
        await member.start()
      } catch (error) {
        const reason = error instanceof TokenOpenError ? error.reason : 'token-unwell'
        if (reason === 'token-unwell') continue
        throw new MemberConfigError(info.id, member.name, reason, error)
      }
    }
  }
}

function find(clusters: readonly Cluster[], clusterId: string): Cluster {
  const cluster = clusters.find(({ info }) => info.id === clusterId)
  if (cluster === undefined)
    throw kmsError('unavailable', { detail: `cluster ${clusterId} is not configured` })
  return cluster
}

// Every operation is safe to repeat: creation first looks for the object with its CKA_ID.
async function callCluster<Name extends TokenOperation>(
  cluster: Cluster,
  name: Name,
  args: TokenOperations[Name]['args'],
): Promise<TokenOperations[Name]['answer']> {
  const order = [...cluster.members].sort((a, b) => rank(a) - rank(b))
  let detail = 'no member'
  for (const member of order) {
    try {
      return await member.call(name, ...args)
    } catch (error) {
      if (!(error instanceof MemberError)) throw error
      detail = `${cluster.info.id}/${member.name} ${name}: ${error.message}`
      if (error.failure === 'ciphertext-invalid') throw kmsError('ciphertext-invalid', {}, { cause: error })
    }
  }
  throw kmsError('unavailable', { detail })
}

function rank(member: TokenMember): number {
  return member.state === 'ready' ? 0 : 1
}

function createTurns(): <Result>(start: () => Promise<Result>) => Promise<Result> {
  let last: Promise<unknown> = Promise.resolve()
  return (start) => {
    const turn = last.then(start, start)
    last = turn.catch(() => {})
    return turn
  }
}
