// The service's settings: texts under names.
import type { Kysely } from 'kysely'
import type { Database } from './schema.ts'

type Db = Kysely<Database>

export async function selectSetting(db: Db, name: string): Promise<string | undefined> {
  return (await db.selectFrom('settings').select('value').where('name', '=', name).executeTakeFirst())?.value
}

export async function keepSetting(db: Db, name: string, value: string): Promise<string> {
  const known = await selectSetting(db, name)
  if (known === undefined) await upsertSetting(db, name, value)
  return known ?? value
}

export async function deleteSetting(db: Db, name: string): Promise<void> {
  await db.deleteFrom('settings').where('name', '=', name).execute()
}

export async function upsertSetting(db: Db, name: string, value: string): Promise<void> {
  const row = { name, value }
  await db
    .insertInto('settings')
    .values(row)
    .onConflict((on) => on.column('name').doUpdateSet({ value }))
    .execute()
}
