// Hosted data keys with their tags.
import type { Kysely } from 'kysely'

/** Hosted data keys. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('data_keys')
    .addColumn('sequence', 'integer', (column) => column.primaryKey().autoIncrement())
    .addColumn('id', 'text', (column) => column.notNull().unique())
    .addColumn('account_id', 'text', (column) => column.notNull().references('accounts.id'))
    .addColumn('key_id', 'text', (column) => column.notNull().references('keys.id'))
    .addColumn('name', 'text', (column) => column.notNull())
    .addColumn('description', 'text', (column) => column.notNull())
    .addColumn('state', 'text', (column) => column.notNull())
    .addColumn('length', 'integer', (column) => column.notNull())
    .addColumn('origin', 'text', (column) => column.notNull())
    .addColumn('sealed', 'blob', (column) => column.notNull())
    .addColumn('context', 'text', (column) => column.notNull())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addColumn('deletion_at', 'bigint')
    .addUniqueConstraint('data_keys_name', ['account_id', 'name'])
    .execute()
  await db.schema
    .createIndex('data_keys_by_account')
    .on('data_keys')
    .columns(['account_id', 'sequence'])
    .execute()
  await db.schema.createIndex('data_keys_by_key').on('data_keys').column('key_id').execute()
  await db.schema
    .createTable('data_key_tags')
    .addColumn('data_key_id', 'text', (column) => column.notNull().references('data_keys.id'))
    .addColumn('tag_key', 'text', (column) => column.notNull())
    .addColumn('tag_value', 'text', (column) => column.notNull())
    .addPrimaryKeyConstraint('data_key_tags_key', ['data_key_id', 'tag_key'])
    .execute()
}
