// Parts of texts, in functions that SQLite and PostgreSQL share.
import { type RawBuilder, type SqlBool, sql } from 'kysely'

/** True for columns that hold the part (not empty) somewhere, in this case: taking it away changes them. */
export function contains(column: string, part: string): RawBuilder<SqlBool> {
  return sql`replace(${sql.ref(column)}, ${part}, '') <> ${sql.ref(column)}`
}
