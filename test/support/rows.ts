// What an account has in the database, row by row, for tests that nothing of it changed.
import { DatabaseSync } from 'node:sqlite'

/** The rows of each table. */
export type AccountRows = Readonly<Record<string, readonly Readonly<Record<string, unknown>>[]>>

/** Tables with nothing of any account in them. */
const common = ['settings', 'sqlite_sequence', 'kysely_migration', 'kysely_migration_lock']

/** How rows of each table are known to be an account's, by the column there is. */
const ownership: readonly (readonly [column: string, condition: string])[] = [
  ['account_id', 'account_id = :account'],
  ['key_id', 'key_id in (select id from keys where account_id = :account)'],
  ['data_key_id', 'data_key_id in (select id from data_keys where account_id = :account)'],
]

/** Reads the rows of an account from the database file. Throws for a table that has no column saying whose its rows are. */
export function rowsOf(file: string, account: string): AccountRows {
  const database = new DatabaseSync(file, { readOnly: true })
  try {
    const names = database.prepare("select name from sqlite_schema where type = 'table' order by name").all()
    const tables = names.map(({ name }) => String(name)).filter((name) => !common.includes(name))
    return Object.fromEntries(
      tables.map((table) => {
        const text = `select * from "${table}" where ${conditionOf(database, table)} order by 1, 2`
        return [table, database.prepare(text).all({ account })]
      }),
    )
  } finally {
    database.close()
  }
}

/** What could show to others that the account has something: ids and names of its keys, data keys, versions and aliases. */
export function marksOf({ keys, key_versions, data_keys, aliases }: AccountRows): readonly string[] {
  const values = (rows: AccountRows[string] = [], column: string) => rows.map((row) => String(row[column]))
  return [
    ...values(keys, 'id'),
    ...values(key_versions, 'id'),
    ...values(aliases, 'name'),
    ...values(data_keys, 'id'),
    ...values(data_keys, 'name'),
  ]
}

function conditionOf(database: DatabaseSync, table: string): string {
  if (table === 'accounts') return 'id = :account'
  const columns = database.prepare('select name from pragma_table_info(?)').all(table)
  const found = ownership.find(([column]) => columns.some(({ name }) => name === column))
  if (found === undefined) throw new Error(`whose rows are those of ${table}?`)
  return found[1]
}
