// Accounts, credentials, keys with their versions, aliases and tags, and the service's settings.
import type { Kysely } from 'kysely'

/** First schema. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('accounts')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('name', 'text', (column) => column.notNull())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .execute()
  await db.schema
    .createTable('credentials')
    .addColumn('access_key_id', 'text', (column) => column.primaryKey())
    .addColumn('account_id', 'text', (column) => column.notNull().references('accounts.id'))
    .addColumn('sealed_secret', 'blob', (column) => column.notNull())
    .addColumn('status', 'text', (column) => column.notNull())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .execute()
  await db.schema
    .createTable('keys')
    .addColumn('sequence', 'integer', (column) => column.primaryKey().autoIncrement())
    .addColumn('id', 'text', (column) => column.notNull().unique())
    .addColumn('account_id', 'text', (column) => column.notNull().references('accounts.id'))
    .addColumn('cluster_id', 'text', (column) => column.notNull())
    .addColumn('dedicated', 'integer', (column) => column.notNull())
    .addColumn('spec', 'text', (column) => column.notNull())
    .addColumn('usage', 'text', (column) => column.notNull())
    .addColumn('protection_level', 'text', (column) => column.notNull())
    .addColumn('state', 'text', (column) => column.notNull())
    .addColumn('description', 'text', (column) => column.notNull())
    .addColumn('primary_version_id', 'text', (column) => column.notNull())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addColumn('deletion_at', 'bigint')
    .execute()
  await db.schema.createIndex('keys_by_account').on('keys').columns(['account_id', 'sequence']).execute()
  await db.schema
    .createTable('key_versions')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('key_id', 'text', (column) => column.notNull().references('keys.id'))
    .addColumn('number', 'integer', (column) => column.notNull())
    .addColumn('check_value', 'text')
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addUniqueConstraint('key_versions_number', ['key_id', 'number'])
    .execute()
  await db.schema
    .createTable('aliases')
    .addColumn('account_id', 'text', (column) => column.notNull().references('accounts.id'))
    .addColumn('name', 'text', (column) => column.notNull())
    .addColumn('key_id', 'text', (column) => column.notNull().references('keys.id'))
    .addColumn('first', 'integer', (column) => column.notNull())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addPrimaryKeyConstraint('aliases_name', ['account_id', 'name'])
    .execute()
  await db.schema.createIndex('aliases_by_key').on('aliases').column('key_id').execute()
  await db.schema
    .createTable('key_tags')
    .addColumn('key_id', 'text', (column) => column.notNull().references('keys.id'))
    .addColumn('tag_key', 'text', (column) => column.notNull())
    .addColumn('tag_value', 'text', (column) => column.notNull())
    .addPrimaryKeyConstraint('key_tags_key', ['key_id', 'tag_key'])
    .execute()
  await db.schema
    .createTable('settings')
    .addColumn('name', 'text', (column) => column.primaryKey())
    .addColumn('value', 'text', (column) => column.notNull())
    .execute()
}
