// Pages of listings: counted and found in an index, so that a page deep inside costs what the first one does.
import { type SelectQueryBuilder, sql } from 'kysely'
import type { Page } from '../core/ports.ts'
import type { Database } from './schema.ts'

/**
 * Counts what a listing matches and says which rows are on the page: a query for their places, which are what the
 * listing is ordered by and unique in it. The caller reads the rows that have them, and nothing of those skipped. They
 * are counted off from the nearer end.
 */
export async function findPage<Table extends keyof Database, Place>(
  matching: SelectQueryBuilder<Database, Table, { place: Place }>,
  order: 'asc' | 'desc',
  { offset, limit }: Page,
): Promise<{ total: number; places: SelectQueryBuilder<Database, Table, { place: Place }> }> {
  const { total } = await matching
    .clearSelect()
    .select(({ fn }) => fn.countAll<number>().as('total'))
    .executeTakeFirstOrThrow()
  const size = Math.max(0, Math.min(limit, total - offset))
  const behind = total - offset - size
  const place = sql.ref('place')
  const places =
    offset <= behind
      ? matching.orderBy(place, order).offset(offset)
      : matching.orderBy(place, order === 'asc' ? 'desc' : 'asc').offset(Math.max(0, behind))
  return { total, places: places.limit(size) }
}
