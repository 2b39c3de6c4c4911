// Accounts, their users and access keys with sealed secrets, and the service's settings.
import { type Kysely, type Selectable, sql } from 'kysely'
import type { Account, StoredCredential, User } from '../core/ports.ts'
import type { Database } from './schema.ts'

type Db = Kysely<Database>

export async function selectAccount(db: Db, accountId: string): Promise<Account | undefined> {
  const row = await db.selectFrom('accounts').selectAll().where('id', '=', accountId).executeTakeFirst()
  return row === undefined ? undefined : { id: row.id, name: row.name, createdAt: row.created_at }
}

export async function insertAccount(db: Db, account: Account): Promise<void> {
  const row = { id: account.id, name: account.name, created_at: account.createdAt }
  await db.insertInto('accounts').values(row).execute()
}

export async function selectCredential(db: Db, accessKeyId: string): Promise<StoredCredential | undefined> {
  const row = await db
    .selectFrom('credentials')
    .selectAll()
    .where('access_key_id', '=', accessKeyId)
    .executeTakeFirst()
  if (row === undefined) return undefined
  return Object.freeze({
    accessKeyId: row.access_key_id,
    accountId: row.account_id,
    ...(row.user_id === null ? {} : { userId: row.user_id }),
    sealedSecret: Buffer.from(row.sealed_secret),
    ...(row.token_digest === null || row.expires_at === null
      ? {}
      : { temporary: { tokenDigest: row.token_digest, expiresAt: row.expires_at } }),
    status: row.status,
    createdAt: row.created_at,
  })
}

export async function insertCredential(db: Db, credential: StoredCredential): Promise<void> {
  const row = {
    access_key_id: credential.accessKeyId,
    account_id: credential.accountId,
    user_id: credential.userId ?? null,
    sealed_secret: credential.sealedSecret,
    token_digest: credential.temporary?.tokenDigest ?? null,
    expires_at: credential.temporary?.expiresAt ?? null,
    status: credential.status,
    created_at: credential.createdAt,
  }
  await db.insertInto('credentials').values(row).execute()
}

export async function setStatus(
  db: Db,
  accessKeyId: string,
  status: StoredCredential['status'],
): Promise<void> {
  await db.updateTable('credentials').set({ status }).where('access_key_id', '=', accessKeyId).execute()
}

function toUser(row: Selectable<Database['users']>): User {
  const { id, name, policy } = row
  return Object.freeze({ id, accountId: row.account_id, name, policy, createdAt: row.created_at })
}

export async function selectUser(db: Db, userId: string): Promise<User | undefined> {
  const row = await db.selectFrom('users').selectAll().where('id', '=', userId).executeTakeFirst()
  return row === undefined ? undefined : toUser(row)
}

export async function selectUserByName(db: Db, accountId: string, name: string): Promise<User | undefined> {
  const users = db.selectFrom('users').selectAll().where('account_id', '=', accountId)
  const row = await users.where('name', '=', name).executeTakeFirst()
  return row === undefined ? undefined : toUser(row)
}

export async function insertUser(db: Db, user: User): Promise<void> {
  const { id, name, policy } = user
  const row = { id, account_id: user.accountId, name, policy, created_at: user.createdAt }
  await db.insertInto('users').values(row).execute()
}

export async function setPolicy(db: Db, userId: string, policy: string): Promise<void> {
  await db.updateTable('users').set({ policy }).where('id', '=', userId).execute()
}

export async function selectSetting(db: Db, name: string): Promise<string | undefined> {
  return (await db.selectFrom('settings').select('value').where('name', '=', name).executeTakeFirst())?.value
}

export async function selectSettingNames(db: Db, prefix: string): Promise<string[]> {
  const named = db.selectFrom('settings').select('name')
  return (await named.where(sql<number>`instr(name, ${prefix})`, '=', 1).execute()).map(({ name }) => name)
}

export async function deleteSetting(db: Db, name: string): Promise<void> {
  await db.deleteFrom('settings').where('name', '=', name).execute()
}

export async function upsertSetting(db: Db, name: string, value: string): Promise<void> {
  const row = { name, value }
  await db
    .insertInto('settings')
    .values(row)
    .onConflict((on) => on.column('name').doUpdateSet({ value }))
    .execute()
}
