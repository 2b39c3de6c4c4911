// Rotation of keys: its interval, the next one, the last one (milliseconds).
import type { Kysely } from 'kysely'

/** Schedule and history of rotation. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const column of ['rotation_interval', 'rotation_at', 'rotated_at']) {
    await db.schema.alterTable('keys').addColumn(column, 'bigint').execute()
  }
  await db.schema.createIndex('keys_by_rotation').on('keys').column('rotation_at').execute()
}
