// Users of accounts with their policies, and whose an access key is.
import type { Kysely } from 'kysely'

/** Users. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('users')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('account_id', 'text', (column) => column.notNull().references('accounts.id'))
    .addColumn('name', 'text', (column) => column.notNull())
    .addColumn('policy', 'text')
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addUniqueConstraint('users_name', ['account_id', 'name'])
    .execute()
  await db.schema
    .alterTable('credentials')
    .addColumn('user_id', 'text', (column) => column.references('users.id'))
    .execute()
}
