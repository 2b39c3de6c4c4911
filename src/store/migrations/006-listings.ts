// Indexes that hold what listings look at, so that counting and skipping read no rows; and what is hidden or due, at once.
import { type Kysely, sql } from 'kysely'

const listed = {
  keys: ['account_id', 'sequence', 'state'],
  data_keys: ['account_id', 'sequence', 'state'],
  aliases: ['account_id', 'name', 'key_id'],
}

/** Indexes of listings and of clean-up. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const [table, columns] of Object.entries(listed)) {
    await db.schema.createIndex(`${table}_listed`).on(table).columns(columns).execute()
  }
  for (const table of ['keys', 'data_keys']) {
    await db.schema.dropIndex(`${table}_by_account`).execute()
    // Few have a date, and few are hidden: an index of those alone is never taken for one to list by.
    await db.schema
      .createIndex(`${table}_by_deletion`)
      .on(table)
      .column('deletion_at')
      .where(sql.ref('deletion_at'), 'is not', null)
      .execute()
  }
  await db.schema
    .createIndex('keys_hidden')
    .on('keys')
    .column('state')
    .where(sql.ref('state'), 'in', ['Creating', 'Destroying'])
    .execute()
}
