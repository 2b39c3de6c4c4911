// Temporary access keys: the digest of the token that goes with them, and when they expire (milliseconds).
import type { Kysely } from 'kysely'

/** Tokens and expiry of access keys. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema.alterTable('credentials').addColumn('token_digest', 'text').execute()
  await db.schema.alterTable('credentials').addColumn('expires_at', 'bigint').execute()
}
