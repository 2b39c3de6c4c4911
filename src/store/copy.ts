// All rows of one database into another, whichever engines they are of.
import type { Insertable, Kysely } from 'kysely'
import type { Database } from './schema.ts'

/** Every table, those that others refer to first. */
const tables = Object.keys({
  accounts: 0,
  users: 0,
  policies: 0,
  policy_attachments: 0,
  credentials: 0,
  keys: 0,
  key_versions: 0,
  aliases: 0,
  key_tags: 0,
  data_keys: 0,
  data_key_tags: 0,
  settings: 0,
} satisfies Record<keyof Database, 0>) as (keyof Database)[]

/** Rows written by one statement; times columns, below what either engine binds. */
const rowsPerInsert = 500

/** Copies every row. Throws when the target is not empty. Inside transactions of both, so that it is all or nothing. */
export async function copyRows(from: Kysely<Database>, to: Kysely<Database>): Promise<void> {
  for (const table of tables) {
    if ((await to.selectFrom(table).selectAll().limit(1).execute()).length > 0) {
      throw new Error('the database that is to be filled is not empty')
    }
    const rows = (await from.selectFrom(table).selectAll().execute()) as Insertable<Database[typeof table]>[]
    for (let start = 0; start < rows.length; start += rowsPerInsert) {
      await to
        .insertInto(table)
        .values(rows.slice(start, start + rowsPerInsert))
        .execute()
    }
  }
}
