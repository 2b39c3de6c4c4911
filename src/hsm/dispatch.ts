// Which member of a cluster does an operation, and another try elsewhere when it does not.
import { KmsError, kmsError } from '../core/errors.ts'
import type { ClusterInfo } from '../core/ports.ts'
import { MemberError } from './member.ts'
import type { TokenMember } from './token-member.ts'
import { keyVersionOf, type TokenOperation, type TokenOperations } from './token-protocol.ts'

/** A cluster's members, in the configured order. */
export interface Cluster {
  readonly info: ClusterInfo
  readonly members: readonly TokenMember[]
}

export interface Served<Name extends TokenOperation> {
  readonly answer: TokenOperations[Name]['answer']
  readonly member: TokenMember
}

/**
 * Asks members, the best first, until one does it. `next` gives the arguments of a further attempt, or none, for an
 * operation that may not be repeated as it was; without it they stay the same. Throws KmsError `unavailable`, `throttled` or
 * `ciphertext-invalid`, and what `next` throws.
 */
export async function callCluster<Name extends TokenOperation>(
  cluster: Cluster,
  name: Name,
  args: TokenOperations[Name]['args'],
  next?: () => Promise<TokenOperations[Name]['args'] | undefined>,
): Promise<Served<Name>> {
  let failed: unknown
  let asked: TokenOperations[Name]['args'] | undefined = args
  // On a busy machine each member may find itself slow while the other one is well again: then both are asked once more.
  const again = () =>
    (next !== undefined || cluster.members.length > 1) && cluster.members.some(isHealthy)
      ? inOrder(cluster, name, args)
      : []
  for (const member of inTwoRounds(inOrder(cluster, name, args), again)) {
    try {
      if (failed !== undefined && next !== undefined) asked = await next()
      if (asked === undefined) break
      return { answer: await callMember(cluster.info.id, member, name, asked), member }
    } catch (error) {
      failed = error
      if (!(error instanceof KmsError) || !(error.code === 'unavailable' || error.code === 'throttled'))
        throw error
    }
  }
  throw failed ?? kmsError('unavailable', { detail: `${cluster.info.id} ${name}: no member has the key` })
}

function* inTwoRounds<Item>(first: readonly Item[], second: () => readonly Item[]): Generator<Item> {
  yield* first
  yield* second()
}

/** Asks one member. Throws KmsError as `callCluster` does. */
export async function callMember<Name extends TokenOperation>(
  clusterId: string,
  member: TokenMember,
  name: Name,
  args: TokenOperations[Name]['args'],
): Promise<TokenOperations[Name]['answer']> {
  try {
    return await member.call(name, ...args)
  } catch (error) {
    if (!(error instanceof MemberError)) throw error
    if (error.failure === 'ciphertext-invalid') throw kmsError('ciphertext-invalid', {}, { cause: error })
    throw kmsError('unavailable', { detail: `${clusterId}/${member.name} ${name}: ${error.message}` })
  }
}

/** True for a member that answers. */
export function isHealthy(member: TokenMember): boolean {
  return member.state === 'ready' && !member.isStuck
}

/** `ready` is that of a member that is stuck. */
const ranks = { ready: 1, starting: 1, down: 2, latched: 2, closed: 2 } as const

// The healthy first, among them those that have the key, among them the least busy. Another key in place of the one
// asked for is as good as none.
function inOrder<Name extends TokenOperation>(
  { members }: Cluster,
  name: Name,
  args: TokenOperations[Name]['args'],
): readonly TokenMember[] {
  const keyVersionId = keyVersionOf(name, args)
  const has = ({ ready }: TokenMember) => {
    if (keyVersionId === undefined || ready === undefined) return 'yes'
    if (ready.comparison.wrong.includes(keyVersionId)) return 'wrong'
    return ready.comparison.absent.includes(keyVersionId) ? 'absent' : 'yes'
  }
  if (members.length === 1) return members.filter((member) => has(member) !== 'wrong')
  return members
    .map((member) => ({
      member,
      state: isHealthy(member) ? 0 : ranks[member.state],
      has: has(member),
      load: member.load,
    }))
    .filter((candidate) => candidate.has !== 'wrong')
    .sort((a, b) => a.state - b.state || Number(b.has === 'yes') - Number(a.has === 'yes') || a.load - b.load)
    .map(({ member }) => member)
}

const replicaPoll = 25

/**
 * A new key counts when every healthy member shows it, the same one; a member that falls ill meanwhile does not count.
 * Throws KmsError `unavailable` at the deadline (ms since the epoch), or at once when the key is another one.
 */
export async function awaitReplica(
  member: TokenMember,
  keyVersionId: string,
  checkValue: string,
  deadline: number,
): Promise<void> {
  while (isHealthy(member)) {
    const found = await member.call('findKey', keyVersionId).catch(() => null)
    if (found !== null && found.checkValue === checkValue) return
    if (found !== null || Date.now() > deadline) {
      const problem =
        found === null ? 'does not show the new key' : 'shows another key in place of the new one'
      throw kmsError('unavailable', { detail: `${member.name} ${problem}` })
    }
    await new Promise((resolve) => setTimeout(resolve, replicaPoll))
  }
}
