// Policies of accounts, and the users who have them.
import type { Kysely } from 'kysely'
import type { AttachedPolicy, PolicyDocument, User } from '../core/identities.ts'
import type { Database } from './schema.ts'

type Db = Kysely<Database>

/** Policies of a user, by name. */
export async function selectOfUser(db: Db, userId: string): Promise<PolicyDocument[]> {
  return db
    .selectFrom('policy_attachments')
    .innerJoin('policies', (join) =>
      join
        .onRef('policies.account_id', '=', 'policy_attachments.account_id')
        .onRef('policies.name', '=', 'policy_attachments.policy_name'),
    )
    .select(['policies.name', 'policies.document'])
    .where('user_id', '=', userId)
    .orderBy('policies.name')
    .execute()
}

export async function selectPolicy(
  db: Db,
  accountId: string,
  name: string,
): Promise<PolicyDocument | undefined> {
  const named = db.selectFrom('policies').select(['name', 'document']).where('account_id', '=', accountId)
  return named.where('name', '=', name).executeTakeFirst()
}

/** Policies of an account with the names of those who have them. */
export async function listPolicies(db: Db, accountId: string): Promise<AttachedPolicy[]> {
  const rows = await db
    .selectFrom('policies')
    .selectAll()
    .where('account_id', '=', accountId)
    .orderBy('name')
    .execute()
  const attached = await db
    .selectFrom('policy_attachments')
    .innerJoin('users', 'users.id', 'policy_attachments.user_id')
    .select(['policy_name', 'users.name'])
    .where('policy_attachments.account_id', '=', accountId)
    .orderBy('users.name')
    .execute()
  return rows.map(({ name, document, created_at: createdAt, updated_at: updatedAt }) => {
    const users = attached.filter((row) => row.policy_name === name).map((row) => row.name)
    return { name, document, users, createdAt, updatedAt }
  })
}

export async function putPolicy(
  db: Db,
  accountId: string,
  { name, document }: PolicyDocument,
  now: number,
): Promise<void> {
  await db
    .insertInto('policies')
    .values({ account_id: accountId, name, document, created_at: now, updated_at: now })
    .onConflict((on) => on.columns(['account_id', 'name']).doUpdateSet({ document, updated_at: now }))
    .execute()
}

export async function attachPolicy(
  db: Db,
  { id, accountId }: Pick<User, 'id' | 'accountId'>,
  name: string,
): Promise<void> {
  await db
    .insertInto('policy_attachments')
    .values({ account_id: accountId, policy_name: name, user_id: id })
    .onConflict((on) => on.columns(['user_id', 'policy_name']).doNothing())
    .execute()
}

export async function detachPolicy(db: Db, userId: string, name: string): Promise<boolean> {
  const attachment = db.deleteFrom('policy_attachments').where('user_id', '=', userId)
  const { numDeletedRows } = await attachment.where('policy_name', '=', name).executeTakeFirstOrThrow()
  return numDeletedRows > 0
}
