// Accounts, their access keys with sealed secrets, and the service's settings.
import type { Kysely } from 'kysely'
import type { Account, StoredCredential } from '../core/ports.ts'
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
    sealedSecret: Buffer.from(row.sealed_secret),
    status: row.status,
    createdAt: row.created_at,
  })
}

export async function insertCredential(db: Db, credential: StoredCredential): Promise<void> {
  const row = {
    access_key_id: credential.accessKeyId,
    account_id: credential.accountId,
    sealed_secret: credential.sealedSecret,
    status: credential.status,
    created_at: credential.createdAt,
  }
  await db.insertInto('credentials').values(row).execute()
}

export async function selectSetting(db: Db, name: string): Promise<string | undefined> {
  return (await db.selectFrom('settings').select('value').where('name', '=', name).executeTakeFirst())?.value
}

export async function upsertSetting(db: Db, name: string, value: string): Promise<void> {
  const row = { name, value }
  await db
    .insertInto('settings')
    .values(row)
    .onConflict((on) => on.column('name').doUpdateSet({ value }))
    .execute()
}
