// What the store needs of a database engine; one file each for SQLite and PostgreSQL.
import type { Kysely } from 'kysely'
import { Migrator } from 'kysely/migration'
import { migrations } from './migrations/index.ts'
import type { Database } from './schema.ts'

/** An open database whose schema is up to date. */
export interface OpenDatabase {
  readonly db: Kysely<Database>
  /**
   * A value that changes when somebody else has committed, so that rows in memory may be old; undefined while that
   * would not be noticed. A commit elsewhere shows in it at once, or within a second of it being acknowledged.
   */
  version(): unknown
  /** Runs writes as one transaction that holds the right to write from its beginning. */
  transact<Result>(write: (db: Kysely<Database>) => Promise<Result>): Promise<Result>
  /** The same for writes after which rows in memory still serve: no other process's `version` need change. */
  transactQuietly<Result>(write: (db: Kysely<Database>) => Promise<Result>): Promise<Result>
  /** Runs reads that all see the database as it is at one moment. */
  snapshot<Result>(read: (db: Kysely<Database>) => Promise<Result>): Promise<Result>
  /** Joins the processes that serve from this database. When there are no others, `alone` runs before any can join. */
  join(alone: () => Promise<void>): Promise<void>
  /** Runs work unless another process runs such work at this moment; true when it did. */
  exclusively(work: () => Promise<void>): Promise<boolean>
  /** Makes numbers that the database gives go on after the rows that are there. */
  renumber(): Promise<void>
  close(): Promise<void>
}

/** What an operator should hear of. */
export type OnStoreEvent = (
  event: string,
  facts: Readonly<Record<string, unknown>>,
  level: 'info' | 'warn',
) => void

/** Brings the schema up to date; of several at once one does it. Throws what the database throws. */
export async function migrate(db: Kysely<Database>): Promise<void> {
  const { error } = await new Migrator({ db, provider: migrations }).migrateToLatest()
  if (error !== undefined) throw error
}
