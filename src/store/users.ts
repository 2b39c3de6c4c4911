// Accounts and their users.
import type { Kysely, Selectable } from 'kysely'
import type { Account, Status, User } from '../core/identities.ts'
import { selectOfUser } from './policies.ts'
import type { Database } from './schema.ts'

type Db = Kysely<Database>

function toAccount({ id, name, status, created_at: createdAt }: Selectable<Database['accounts']>): Account {
  return { id, name, status, createdAt }
}

export async function selectAccount(db: Db, accountId: string): Promise<Account | undefined> {
  const row = await db.selectFrom('accounts').selectAll().where('id', '=', accountId).executeTakeFirst()
  return row === undefined ? undefined : toAccount(row)
}

export async function listAccounts(db: Db): Promise<Account[]> {
  return (await db.selectFrom('accounts').selectAll().orderBy('created_at').execute()).map(toAccount)
}

export async function insertAccount(db: Db, { id, name, status, createdAt }: Account): Promise<void> {
  await db.insertInto('accounts').values({ id, name, status, created_at: createdAt }).execute()
}

export async function setAccountStatus(db: Db, accountId: string, status: Status): Promise<void> {
  await db.updateTable('accounts').set({ status }).where('id', '=', accountId).execute()
}

async function toUser(db: Db, row: Selectable<Database['users']>): Promise<User> {
  const { id, name, status, account_id: accountId, created_at: createdAt } = row
  return Object.freeze({ id, accountId, name, status, policies: await selectOfUser(db, id), createdAt })
}

export async function selectUser(db: Db, userId: string): Promise<User | undefined> {
  const row = await db.selectFrom('users').selectAll().where('id', '=', userId).executeTakeFirst()
  return row === undefined ? undefined : toUser(db, row)
}

export async function selectUserByName(db: Db, accountId: string, name: string): Promise<User | undefined> {
  const users = db.selectFrom('users').selectAll().where('account_id', '=', accountId)
  const row = await users.where('name', '=', name).executeTakeFirst()
  return row === undefined ? undefined : toUser(db, row)
}

export async function listUsers(db: Db, accountId: string): Promise<User[]> {
  const users = db.selectFrom('users').selectAll().where('account_id', '=', accountId)
  const rows = await users.orderBy('name').execute()
  return Promise.all(rows.map((row) => toUser(db, row)))
}

export async function insertUser(db: Db, { id, accountId, name, status, createdAt }: User): Promise<void> {
  const row = { id, account_id: accountId, name, status, created_at: createdAt }
  await db.insertInto('users').values(row).execute()
}

export async function setUserStatus(db: Db, userId: string, status: Status): Promise<void> {
  await db.updateTable('users').set({ status }).where('id', '=', userId).execute()
}
