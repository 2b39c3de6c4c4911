// Rows of the hot path in memory, for as long as the database says that nobody has changed them.
import type { StoredCredential, User } from '../core/identities.ts'
import type { Key, KeyVersion } from '../core/key.ts'
import type { OpenDatabase } from './database.ts'

type Cached = Key | { key: Key; version: KeyVersion } | StoredCredential | User

export interface Cache {
  /** A row from memory, or by the query. */
  read<Row extends Cached>(name: string, select: () => Promise<Row | undefined>): Promise<Row | undefined>
  /** Forgets everything; done after every write of this process. */
  clear(): void
}

/** Room for ten thousand keys, each by its id, an alias and some versions. */
const limit = 50_000
/** Milliseconds for which a query under way serves those who ask meanwhile; well below the second a change may take. */
const shared = 250

/**
 * Emptied by every write of this process, and by every commit of another one that the database tells us of; not used while
 * it could not. What is not there is not remembered: a stranger's guesses must not fill the memory.
 */
export function createCache(database: Pick<OpenDatabase, 'version'>): Cache {
  const rows = new Map<string, Cached>()
  const queries = new Map<string, { since: number; row: Promise<Cached | undefined> }>()
  let version = database.version()
  let generation = 0
  const clear = () => {
    rows.clear()
    queries.clear()
    generation++
  }
  // One query serves all who ask for the same at once, so that a busy service does not multiply the work of a slow database.
  const query = <Row extends Cached>(name: string, select: () => Promise<Row | undefined>) => {
    const since = performance.now()
    const underWay = queries.get(name)
    if (underWay !== undefined && since - underWay.since < shared)
      return underWay.row as Promise<Row | undefined>
    const row = select().finally(() => {
      if (queries.get(name)?.row === row) queries.delete(name)
    })
    queries.set(name, { since, row })
    return row
  }
  return {
    clear,
    async read<Row extends Cached>(name: string, select: () => Promise<Row | undefined>) {
      const current = database.version()
      if (current === undefined) return query(name, select)
      if (current !== version || rows.size > limit) {
        version = current
        clear()
      }
      const found = rows.get(name)
      if (found !== undefined) return found as Row
      const started = generation
      const row = await query(name, select)
      // A write may have come between the query and now; then the row may be old, and is not kept.
      if (row !== undefined && started === generation) rows.set(name, row)
      return row
    },
  }
}
