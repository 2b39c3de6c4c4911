// Kysely over Node's own SQLite: WAL, every commit flushed, other processes' commits noticed.
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite'
import { Kysely, type SqliteDatabase, SqliteDialect, sql } from 'kysely'
import { migrate, type OpenDatabase } from './database.ts'
import type { Database } from './schema.ts'

const busyTimeout = 10_000

/** Opens or makes the file. Throws SQLite's error when it cannot. */
export async function openSqlite(file: string): Promise<OpenDatabase> {
  const database = new DatabaseSync(file, { timeout: busyTimeout })
  database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON')
  const version = oncePerTurn(database.prepare('PRAGMA data_version'))
  const db = new Kysely<Database>({ dialect: new SqliteDialect({ database: adapter(database) }) })
  await migrate(db)
  const transact: OpenDatabase['transact'] = (write) =>
    db.connection().execute((connection) => immediately(connection, write))
  return {
    db,
    version,
    transact,
    transactQuietly: transact,
    snapshot: (read) => db.transaction().execute(read),
    // One process serves from a file.
    join: (alone) => alone(),
    async exclusively(work) {
      await work()
      return true
    },
    async renumber() {
      // SQLite looks at the rows.
    },
    close: () => db.destroy(),
  }
}

// The question takes and gives back a lock on the file, which is more than all the rest of a look into a cache. What is
// read in one turn is read at one moment.
function oncePerTurn(statement: StatementSync): () => unknown {
  let known: unknown
  return () => {
    if (known === undefined) {
      known = statement.get()?.data_version
      setImmediate(() => {
        known = undefined
      })
    }
    return known
  }
}

/**
 * A transaction that holds the right to write from its beginning: one that read first and found another process
 * writing before it would have to fail.
 */
async function immediately<Result>(
  db: Kysely<Database>,
  write: (db: Kysely<Database>) => Promise<Result>,
): Promise<Result> {
  await sql`begin immediate`.execute(db)
  try {
    const result = await write(db)
    await sql`commit`.execute(db)
    return result
  } catch (error) {
    // SQLite may have rolled back by itself; what went wrong is the error to report.
    await sql`rollback`.execute(db).catch(() => undefined)
    throw error
  }
}

// Kysely's dialect was written for another driver; this is the part of that driver's face it uses.
function adapter(database: DatabaseSync): SqliteDatabase {
  return {
    close: () => database.close(),
    prepare: (sql) => {
      const statement = database.prepare(sql)
      const bind = (parameters: ReadonlyArray<unknown>) => parameters as SQLInputValue[]
      return {
        reader: statement.columns().length > 0,
        all: (parameters) => statement.all(...bind(parameters)),
        run: (parameters) => statement.run(...bind(parameters)),
        iterate: (parameters) => statement.iterate(...bind(parameters)) as IterableIterator<unknown>,
      }
    },
  }
}
