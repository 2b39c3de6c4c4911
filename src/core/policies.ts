// Policies of an account, and which of its users have them.
import type { PolicyDocument, Status, User } from './identities.ts'
import { parsePolicy } from './policy.ts'
import type { Clock, Store, StoreWriter } from './ports.ts'

/** What these need; nothing here touches a token. */
interface Records {
  readonly store: Store
  readonly clock: Clock
}

/** Names of policies: letters, digits and -, at most 128. */
export const policyName = /^[\w-]{1,128}$/

/** The policy that is a user's own; no other user can have it, since its name is none that `policyName` takes. */
export function ownPolicyName({ name }: Pick<User, 'name'>): string {
  return `user/${name}`
}

/**
 * Adds a policy that nobody has yet, or gives an existing one another text for all who have it. False when there is one of
 * this name already, or none. Throws PolicyError.
 */
export async function writePolicy(
  { store, clock }: Records,
  accountId: string,
  policy: PolicyDocument,
  which: 'new' | 'existing',
): Promise<boolean> {
  parsePolicy(policy.document)
  return store.transact(async (writer) => {
    const exists = (await writer.policy(accountId, policy.name)) !== undefined
    if (exists !== (which === 'existing')) return false
    await writer.putPolicy(accountId, policy, clock())
    return true
  })
}

/** Gives a user a policy of its own, in place of the one it had. Throws PolicyError. */
export async function putOwnPolicy({ store, clock }: Records, user: User, document: string): Promise<void> {
  parsePolicy(document)
  const name = ownPolicyName(user)
  await store.transact(async (writer) => {
    await writer.putPolicy(user.accountId, { name, document }, clock())
    await writer.attachPolicy(user, name)
  })
}

/** Lets a user have a policy of its account; false when there is no such policy. */
export async function attachPolicy({ store }: Records, user: User, name: string): Promise<boolean> {
  return store.transact(async (writer) => {
    if ((await writer.policy(user.accountId, name)) === undefined) return false
    await writer.attachPolicy(user, name)
    return true
  })
}

/** Takes a policy from a user; false when it did not have it. */
export function detachPolicy({ store }: Records, { id }: User, name: string): Promise<boolean> {
  return store.transact((writer) => writer.detachPolicy(id, name))
}

/** Disables or enables an account with all its users, or a user, and their access keys with them. */
export function setStatus(
  { store }: Records,
  of: { readonly accountId: string } | { readonly userId: string },
  status: Status,
): Promise<void> {
  const write = (writer: StoreWriter) =>
    'userId' in of ? writer.setUserStatus(of.userId, status) : writer.setAccountStatus(of.accountId, status)
  return store.transact(write)
}
