// The Hsm port over clusters of members: choice of a member, another try elsewhere, errors in core's words.
import { setTimeout } from 'node:timers/promises'
import { kmsError } from '../core/errors.ts'
import type { Latches } from '../core/latches.ts'
import type { ClusterInfo, Hsm, Turns } from '../core/ports.ts'
import type { AttackOutcomes } from './attacks.ts'
import { secretLimit } from './card.ts'
import { awaitReplica, type Cluster, callCluster, callMember, isHealthy } from './dispatch.ts'
import type { MemberLimits, MemberOptions, MemberStatus } from './member.ts'
import { TokenOpenError } from './token-client.ts'
import { TokenMember } from './token-member.ts'
import type { ExpectedKeys, TokenOperation, TokenOperations } from './token-protocol.ts'

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
  /** Every new blob is opened once before it is handed out. */
  readonly checkBlobs: boolean
}

export interface ClusterConfig extends ClusterInfo {
  readonly members: readonly MemberConfig[]
}

export interface HsmOptions {
  readonly clusters: readonly ClusterConfig[]
  readonly limits: MemberLimits
  /** Working directory of token processes. */
  readonly cwd: string
  /** Key versions of a cluster with their check values, as the store has them. */
  readonly expected: (clusterId: string) => Promise<ExpectedKeys>
  readonly latches: Latches
  /** Runs starts of token processes one after the other: simultaneous logins can make a token fail. */
  readonly takeTurn: Turns
  /** Hears how long operations wait and take, in milliseconds. */
  readonly onServed?: MemberOptions['onServed']
  readonly onEvent: MemberOptions['onEvent']
}

export interface ClusterStatus {
  readonly id: string
  readonly members: readonly MemberStatus[]
}

/** What a cluster's tokens do for the audit log. Every method may throw `unavailable`. */
export interface TokenNotary {
  /** SPKI, DER, of a pair, which is made when there is none; two who ask at one time may get two. */
  publicKey(clusterId: string): Promise<Buffer>
  /** ECDSA P-256 over SHA-256 by the pair of a public key, r ‖ s. */
  sign(clusterId: string, publicKey: Buffer, bytes: Buffer): Promise<Buffer>
  /** What the token remembers of every chain, whichever node it is of. */
  readAnchors(clusterId: string): Promise<readonly Buffer[]>
  writeAnchor(clusterId: string, chain: string, bytes: Buffer): Promise<void>
}

/** The port, and what its owner needs besides. */
export interface TokenHsm extends Hsm {
  /**
   * Starts every member. Throws MemberConfigError when a cluster has no member whose configuration works (module,
   * token). A token that is merely unwell is tried again in the background; a refused PIN latches its member.
   */
  start(): Promise<void>
  status(): readonly ClusterStatus[]
  /** The pair of a cluster's tokens that signs the audit log, and what they remember of it. */
  readonly notary: TokenNotary
  /** Tries on a key of nobody's what the holder of the PIN could try. */
  attack(clusterId: string, keyVersionId: string): Promise<AttackOutcomes>
  /** Opens a member's latch with the PIN as it is now: one login is tried. Throws TokenOpenError when it fails. */
  open(clusterId: string, member: string, pin: string): Promise<void>
  /** Lets work in flight finish, then closes sessions and processes. */
  close(): Promise<void>
}

/** A member's configuration cannot work. The message holds no secret. */
export class MemberConfigError extends Error {
  override readonly name = 'MemberConfigError'
  readonly clusterId: string
  readonly memberName: string
  /** The member's option that is at fault. */
  readonly option: 'module' | 'token'

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
} as const

/** Builds the clusters; nothing runs before `start`. */
export function createHsm(options: HsmOptions): TokenHsm {
  const clusters = options.clusters.map((config) => createCluster(options, config))
  const run = <Name extends TokenOperation>(id: string, name: Name, ...args: TokenOperations[Name]['args']) =>
    callCluster(find(clusters, id), name, args)
  return {
    clusters: clusters.map(({ info }) => info),
    start: () => startAll(clusters),
    status: () =>
      clusters.map(({ info, members }) => ({ id: info.id, members: members.map((m) => m.status()) })),
    async generate(clusterId, keyVersionId, length, binding) {
      return (await run(clusterId, 'generate', keyVersionId, length, binding)).answer
    },
    async wrap(clusterId, keyVersionId, bytes, binding) {
      return (await run(clusterId, 'wrap', keyVersionId, bytes, binding)).answer
    },
    async unwrap(clusterId, keyVersionId, { strategy, wrapped }, binding) {
      return (await run(clusterId, 'unwrap', keyVersionId, strategy, wrapped, binding)).answer
    },
    secretLimit: (clusterId) =>
      Math.min(
        ...find(clusters, clusterId).members.map(({ ready }) =>
          ready === undefined ? Number.POSITIVE_INFINITY : secretLimit(ready.card),
        ),
      ),
    async random(clusterId, length) {
      return (await run(clusterId, 'random', length)).answer
    },
    async createKey(clusterId, first, label, renew) {
      let keyVersionId = first
      const next = async (): Promise<[string, string] | undefined> => {
        const renewed = await renew?.()
        if (renewed === undefined) return undefined
        keyVersionId = renewed.keyVersionId
        return [keyVersionId, renewed.label]
      }
      const cluster = find(clusters, clusterId)
      const { answer, member } = await callCluster(cluster, 'createKey', [first, label], next)
      const others = cluster.members.filter((other) => other !== member)
      const deadline = Date.now() + options.limits.requestTimeout
      await Promise.all(others.map((other) => awaitReplica(other, keyVersionId, answer.checkValue, deadline)))
      return { ...answer, keyVersionId }
    },
    async destroyKey(clusterId, keyVersionId) {
      // Gone means gone from every member: one that is away would bring the key back.
      const { members } = find(clusters, clusterId)
      await Promise.all(members.map((member) => callMember(clusterId, member, 'destroyKey', [keyVersionId])))
    },
    async prove(clusterId) {
      await run(clusterId, 'prove')
    },
    notary: {
      publicKey: async (clusterId) => (await run(clusterId, 'auditKey')).answer,
      sign: async (clusterId, publicKey, bytes) =>
        (await run(clusterId, 'signAudit', publicKey, bytes)).answer,
      readAnchors: async (clusterId) => (await run(clusterId, 'readAnchors')).answer,
      async writeAnchor(clusterId, chain, bytes) {
        await run(clusterId, 'writeAnchor', chain, bytes)
      },
    },
    async attack(clusterId, keyVersionId) {
      return (await run(clusterId, 'attack', keyVersionId)).answer
    },
    async open(clusterId, name, pin) {
      await find(clusters, clusterId)
        .members.find((member) => member.name === name)
        ?.open(pin)
    },
    async close() {
      await Promise.all(clusters.flatMap(({ members }) => members.map((member) => member.close())))
    },
  }
}

function createCluster(options: HsmOptions, config: ClusterConfig): Cluster {
  const members: TokenMember[] = []
  for (const member of config.members) members.push(createMember(options, config, member, members))
  return { info: Object.freeze({ id: config.id, name: config.name, default: config.default }), members }
}

function createMember(
  options: HsmOptions,
  cluster: ClusterConfig,
  config: MemberConfig,
  members: readonly TokenMember[],
): TokenMember {
  const { module, initArgs, token, pin, env, name, processes, checkBlobs } = config
  const { latches, expected, takeTurn } = options
  const member: TokenMember = new TokenMember({
    name,
    processes,
    limits: options.limits,
    token: { module, initArgs, token, pin, env, checkBlobs, cwd: options.cwd, startTimeout },
    takeTurn,
    ...(options.onServed === undefined ? {} : { onServed: options.onServed }),
    isLatched: () => latches.isLatched(cluster.id, name),
    onLatch: () => keep(() => latches.latch(cluster.id, name)),
    expected: () => expected(cluster.id),
    elsewhere: () => members.some((other) => other !== member && isHealthy(other)),
    onEvent: (event, facts, level = 'info') =>
      options.onEvent(event, { cluster: cluster.id, member: name, ...facts }, level),
  })
  return member
}

/** Milliseconds between attempts to keep a latch. */
const keepPause = 1000

// Waited for, however long the store is away: a PIN whose refusal is not kept would be tried again.
async function keep(latch: () => Promise<void>): Promise<void> {
  for (;;) {
    try {
      await latch()
      return
    } catch {
      await setTimeout(keepPause, undefined, { ref: false })
    }
  }
}

/** A member that cannot be configured as it is stops the start only when no other serves its cluster. */
async function startAll(clusters: readonly Cluster[]): Promise<void> {
  for (const { info, members } of clusters) {
    const failures: MemberConfigError[] = []
    for (const member of members) {
      try {
        await member.start()
      } catch (error) {
        const reason = error instanceof TokenOpenError ? error.reason : 'token-unwell'
        if (reason !== 'token-unwell' && reason !== 'pin-refused') {
          failures.push(new MemberConfigError(info.id, member.name, reason, error))
        }
      }
    }
    const [failure] = failures
    if (failure !== undefined && failures.length === members.length) throw failure
  }
}

function find(clusters: readonly Cluster[], clusterId: string): Cluster {
  const cluster = clusters.find(({ info }) => info.id === clusterId)
  if (cluster === undefined)
    throw kmsError('unavailable', { detail: `cluster ${clusterId} is not configured` })
  return cluster
}
