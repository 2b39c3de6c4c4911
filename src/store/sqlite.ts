// Kysely over Node's own SQLite: WAL, every commit flushed, other processes' commits noticed.
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite'
import { Kysely, type SqliteDatabase, SqliteDialect } from 'kysely'
import type { Database } from './schema.ts'

const busyTimeout = 10_000

/** An open database. */
export interface OpenDatabase {
  readonly db: Kysely<Database>
  /** A number that changes when another process commits; it is asked for once in a turn of the event loop. */
  version(): unknown
  close(): Promise<void>
}

/** Opens or makes the file. Throws SQLite's error when it cannot. */
export function openSqlite(file: string): OpenDatabase {
  const database = new DatabaseSync(file, { timeout: busyTimeout })
  database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON')
  const version = oncePerTurn(database.prepare('PRAGMA data_version'))
  const db = new Kysely<Database>({ dialect: new SqliteDialect({ database: adapter(database) }) })
  return { db, version, close: () => db.destroy() }
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
