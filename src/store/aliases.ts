// Aliases: one name space per account, at most one first alias per key.
import type { Kysely, Selectable } from 'kysely'
import type { Alias, Listed, Page } from '../core/ports.ts'
import { selectHidden } from './key-versions.ts'
import { findPage } from './page.ts'
import type { Database } from './schema.ts'

type Db = Kysely<Database>

function toAlias(row: Selectable<Database['aliases']>): Alias {
  return { accountId: row.account_id, name: row.name, keyId: row.key_id, createdAt: row.created_at }
}

export async function selectAlias(db: Db, accountId: string, name: string): Promise<Alias | undefined> {
  const row = await db
    .selectFrom('aliases')
    .selectAll()
    .where('account_id', '=', accountId)
    .where('name', '=', name)
    .executeTakeFirst()
  return row === undefined ? undefined : toAlias(row)
}

/** Aliases of keys that clients can see, by name. */
export async function listAliases(
  db: Db,
  accountId: string,
  keyId: string | undefined,
  page: Page,
): Promise<Listed<Alias>> {
  let query = db
    .selectFrom('aliases')
    .where('account_id', '=', accountId)
    .where('key_id', 'not in', selectHidden(db))
  if (keyId !== undefined) query = query.where('key_id', '=', keyId)
  const { total, places } = await findPage(query.select('name as place'), 'asc', page)
  const rows = await query.selectAll().where('name', 'in', places).orderBy('name').execute()
  return { total, rows: rows.map(toAlias) }
}

export async function insertAlias(db: Db, alias: Alias): Promise<void> {
  const first = (await selectFirst(db, alias.keyId)) === undefined ? 1 : 0
  const row = {
    account_id: alias.accountId,
    name: alias.name,
    key_id: alias.keyId,
    first,
    created_at: alias.createdAt,
  }
  await db.insertInto('aliases').values(row).execute()
}

/** The alias keeps its name and stops being anybody's first, unless its new key has none. */
export async function moveAlias(db: Db, accountId: string, name: string, keyId: string): Promise<void> {
  const alias = await selectAlias(db, accountId, name)
  if (alias === undefined || alias.keyId === keyId) return
  await deleteAlias(db, accountId, name)
  await insertAlias(db, { ...alias, keyId })
}

export async function renameFirstAlias(
  db: Db,
  accountId: string,
  keyId: string,
  name: string,
  now: number,
): Promise<void> {
  const first = await selectFirst(db, keyId)
  if (first?.name === name) return
  if (first !== undefined) await deleteAlias(db, accountId, first.name)
  await deleteAlias(db, accountId, name)
  await insertAlias(db, { accountId, name, keyId, createdAt: now })
}

export async function deleteAlias(db: Db, accountId: string, name: string): Promise<void> {
  await db.deleteFrom('aliases').where('account_id', '=', accountId).where('name', '=', name).execute()
}

async function selectFirst(db: Db, keyId: string): Promise<{ name: string } | undefined> {
  return db
    .selectFrom('aliases')
    .select('name')
    .where('key_id', '=', keyId)
    .where('first', '=', 1)
    .executeTakeFirst()
}
