// Kysely over PostgreSQL, for several nodes: pooled connections, one writer at a time, everybody's commits heard of.
import {
  HandleEmptyInListsPlugin,
  Kysely,
  PostgresDialect,
  PostgresQueryCompiler,
  replaceWithNoncontingentExpression,
  sql,
} from 'kysely'
import type { ClientConfig } from 'pg'
import { migrate, type OnStoreEvent, type OpenDatabase } from './database.ts'
import { createPool, locationOf, readUrl, reasonOf, sessionOptions } from './postgres-connection.ts'
import { channel, type Listener, listen } from './postgres-listener.ts'
import type { Database } from './schema.ts'

/** Connections for reads, and for writes: the second writer waits for its turn at the server. */
const readers = 8
const writers = 2
/** Milliseconds after which the server gives a statement up, and a transaction whose process says nothing. */
const statementTimeout = 10_000
const idleTransactionTimeout = 5_000
/** Advisory locks; the database is the service's own. */
const locks = { write: 0x70_31_31_01, upkeep: 0x70_31_31_02 } as const

/**
 * Opens the database of a `postgres://` URL and brings its schema up to date. Throws an error that names the server when
 * it cannot be used; later, what is the server's or the network's fault is KmsError `unavailable`.
 */
export async function openPostgres(
  url: string,
  password: string | undefined,
  onEvent: OnStoreEvent,
): Promise<OpenDatabase> {
  const config = readUrl(url, password)
  await prepare(config)
  const timeouts = {
    statement_timeout: statementTimeout,
    idle_in_transaction_session_timeout: idleTransactionTimeout,
  }
  const bounded = {
    ...config,
    options: sessionOptions(config, timeouts),
    query_timeout: statementTimeout + 2000,
  }
  const db = connect(bounded, readers)
  const writing = connect(bounded, writers)
  let listener: Listener | undefined
  return {
    db,
    version: () => listener?.version(),
    transact: (write) =>
      inTurn(writing, async (transaction) => {
        const result = await write(transaction)
        await sql`select pg_notify(${channel}, '')`.execute(transaction)
        return result
      }),
    transactQuietly: (write) => inTurn(writing, write),
    snapshot: (read) =>
      db.transaction().setIsolationLevel('repeatable read').setAccessMode('read only').execute(read),
    async join(alone) {
      listener = await listen(config, alone, onEvent)
    },
    exclusively: (work) => db.connection().execute((connection) => underLock(connection, work)),
    renumber: () => renumber(writing),
    async close() {
      await listener?.close()
      await Promise.all([db.destroy(), writing.destroy()])
    },
  }
}

/** Without the timeouts: a migration may take long, and another starter's may have to be waited for. */
async function prepare(config: ClientConfig): Promise<void> {
  const db = connect({ ...config, options: sessionOptions(config, {}) }, 1)
  try {
    await migrate(db)
  } catch (error) {
    throw new Error(`the PostgreSQL database ${locationOf(config)} cannot be used: ${reasonOf(error)}`, {
      cause: error,
    })
  } finally {
    await db.destroy()
  }
}

function connect(config: ClientConfig, size: number): Kysely<Database> {
  const pool = createPool(config, size)
  return new Kysely<Database>({
    dialect: new Dialect({ pool }),
    // PostgreSQL has no empty lists; they match nothing, as in SQLite.
    plugins: [new HandleEmptyInListsPlugin({ strategy: replaceWithNoncontingentExpression })],
  })
}

// Read committed, whatever the server's default is: each statement after the lock sees what its last holder wrote.
function inTurn<Result>(
  db: Kysely<Database>,
  write: (db: Kysely<Database>) => Promise<Result>,
): Promise<Result> {
  return db
    .transaction()
    .setIsolationLevel('read committed')
    .execute(async (transaction) => {
      await sql`select pg_advisory_xact_lock(${locks.write})`.execute(transaction)
      return write(transaction)
    })
}

async function underLock(connection: Kysely<Database>, work: () => Promise<void>): Promise<boolean> {
  const taken = await sql<{ taken: boolean }>`select pg_try_advisory_lock(${locks.upkeep}) as taken`.execute(
    connection,
  )
  if (taken.rows[0]?.taken !== true) return false
  try {
    await work()
    return true
  } finally {
    await sql`select pg_advisory_unlock(${locks.upkeep})`.execute(connection)
  }
}

async function renumber(db: Kysely<Database>): Promise<void> {
  for (const table of ['keys', 'data_keys'] as const) {
    const { last } = await db
      .selectFrom(table)
      .select(db.fn.max('sequence').as('last'))
      .executeTakeFirstOrThrow()
    const next = Number(last ?? 0) + 1
    await sql`select setval(pg_get_serial_sequence(${table}, 'sequence'), ${next}, false)`.execute(db)
  }
}

class Dialect extends PostgresDialect {
  override createQueryCompiler() {
    return new Compiler()
  }
}

// The migrations are written once, in SQLite's words. Texts compare by their bytes in both.
const types: Readonly<Record<string, string>> = { blob: 'bytea', text: 'text collate "C"' }

class Compiler extends PostgresQueryCompiler {
  protected override visitDataType(node: Parameters<PostgresQueryCompiler['visitDataType']>[0]): void {
    this.append(types[node.dataType] ?? node.dataType)
  }

  protected override getAutoIncrement(): string {
    return 'generated by default as identity'
  }
}
