// The core of the end-to-end tests once more, with their homes' stores in PostgreSQL.
import { join } from 'node:path'
import t from 'tap'
import { preferPostgres, withoutPostgres } from '../support/postgres.ts'

const files = ['sdks', 'users', 'hosted-data-keys', 'crash', '../cli/backup']

for (const name of files) {
  const file = join(import.meta.dirname, `${name}.test.ts`)
  const skip = withoutPostgres || (preferPostgres && 'the whole suite runs on PostgreSQL')
  const env = { ...process.env, P11KMS_TEST_STORE: 'postgres' }
  t.spawn(process.execPath, [file], { env, skip, timeout: 300_000 }, name)
}
