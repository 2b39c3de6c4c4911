// Users of accounts, policies and whom they are attached to, whose an access key is; key policies; what is disabled.
import type { Kysely } from 'kysely'

/** Users and policies. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('users')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('account_id', 'text', (column) => column.notNull().references('accounts.id'))
    .addColumn('name', 'text', (column) => column.notNull())
    .addColumn('status', 'text', (column) => column.notNull())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addUniqueConstraint('users_name', ['account_id', 'name'])
    .execute()
  await db.schema
    .alterTable('credentials')
    .addColumn('user_id', 'text', (column) => column.references('users.id'))
    .execute()
  await db.schema.alterTable('credentials').addColumn('last_used_at', 'bigint').execute()
  await db.schema
    .alterTable('accounts')
    .addColumn('status', 'text', (column) => column.notNull().defaultTo('Active'))
    .execute()
  await db.schema
    .createTable('policies')
    .addColumn('account_id', 'text', (column) => column.notNull().references('accounts.id'))
    .addColumn('name', 'text', (column) => column.notNull())
    .addColumn('document', 'text', (column) => column.notNull())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addColumn('updated_at', 'bigint', (column) => column.notNull())
    .addPrimaryKeyConstraint('policies_name', ['account_id', 'name'])
    .execute()
  await db.schema
    .createTable('policy_attachments')
    .addColumn('account_id', 'text', (column) => column.notNull())
    .addColumn('policy_name', 'text', (column) => column.notNull())
    .addColumn('user_id', 'text', (column) => column.notNull().references('users.id'))
    .addPrimaryKeyConstraint('policy_attachments_key', ['user_id', 'policy_name'])
    .addForeignKeyConstraint('policy_attachments_policy', ['account_id', 'policy_name'], 'policies', [
      'account_id',
      'name',
    ])
    .execute()
  await db.schema.alterTable('keys').addColumn('policy', 'text').execute()
}
