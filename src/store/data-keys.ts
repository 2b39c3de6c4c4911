// Hosted data keys: queries as plain functions of a connection.
import type { Kysely, Selectable } from 'kysely'
import type { DataKey } from '../core/data-key.ts'
import type { DataKeyState } from '../core/data-key-state.ts'
import type { DataKeyFilter, Listed, NewDataKey, Page, Tag } from '../core/ports.ts'
import { canonicalContext, decodeSealed, type EncryptionContext, encodeSealed } from '../core/sealed.ts'
import { selectHidden } from './key-versions.ts'
import { findPage } from './page.ts'
import type { Database } from './schema.ts'
import { contains } from './texts.ts'

type Db = Kysely<Database>

function selectDataKeys(db: Db) {
  return (
    db
      .selectFrom('data_keys')
      .innerJoin('keys', 'keys.id', 'data_keys.key_id')
      .selectAll('data_keys')
      .select(['keys.cluster_id', 'keys.deletion_at as key_deletion_at', 'keys.policy as key_policy'])
      .select((from) =>
        from
          .selectFrom('aliases')
          .select('name')
          .whereRef('aliases.key_id', '=', 'data_keys.key_id')
          .where('first', '=', 1)
          .as('alias'),
      )
      // Those of a CMK that is being destroyed are gone with it.
      .where('keys.state', '!=', 'Destroying')
  )
}

type Row = Selectable<Database['data_keys']> & {
  alias: string | null
  cluster_id: string
  key_deletion_at: number | null
  key_policy: string | null
}

function toDataKey(row: Row): DataKey {
  return Object.freeze({
    id: row.id,
    accountId: row.account_id,
    name: row.name,
    description: row.description,
    state: row.state,
    length: row.length,
    origin: row.origin,
    envelope: decodeSealed(Buffer.from(row.sealed)),
    context: JSON.parse(row.context) as EncryptionContext,
    createdAt: row.created_at,
    deletionAt: row.deletion_at,
    keyId: row.key_id,
    keyAlias: row.alias ?? '',
    clusterId: row.cluster_id,
    keyDeletionAt: row.key_deletion_at,
    keyPolicy: row.key_policy,
  })
}

export async function selectDataKey(db: Db, dataKeyId: string): Promise<DataKey | undefined> {
  const row = await selectDataKeys(db).where('data_keys.id', '=', dataKeyId).executeTakeFirst()
  return row === undefined ? undefined : toDataKey(row)
}

export async function selectNamed(db: Db, accountId: string, name: string): Promise<string | undefined> {
  const named = db.selectFrom('data_keys').select('id').where('account_id', '=', accountId)
  return (await named.where('name', '=', name).executeTakeFirst())?.id
}

// What is gone is few: told apart from the rest by a list of it, not by a look at each of them.
function selectGone(db: Db, now: number) {
  const keys = selectHidden(db).unionAll(db.selectFrom('keys').select('id').where('deletion_at', '<=', now))
  const dataKeys = db.selectFrom('data_keys').select('sequence')
  return dataKeys.where('key_id', 'in', keys).unionAll(dataKeys.where('deletion_at', '<=', now))
}

export async function listDataKeys(db: Db, filter: DataKeyFilter, page: Page): Promise<Listed<DataKey>> {
  let query = db
    .selectFrom('data_keys')
    .select('sequence as place')
    .where('account_id', '=', filter.accountId)
    .where('sequence', 'not in', selectGone(db, filter.now))
  const { search } = filter
  if (filter.states !== undefined) query = query.where('state', 'in', filter.states)
  if (filter.clusterId !== undefined) {
    const ofCluster = db.selectFrom('keys').select('id').where('cluster_id', '=', filter.clusterId)
    query = query.where('key_id', 'in', ofCluster)
  }
  if (filter.keyId !== undefined) query = query.where('key_id', '=', filter.keyId)
  if (filter.dataKeyIds !== undefined) query = query.where('id', 'in', filter.dataKeyIds)
  if (filter.origin !== undefined) query = query.where('origin', '=', filter.origin)
  if (filter.length !== undefined) query = query.where('length', '=', filter.length)
  if (search !== undefined) {
    query = query.where((where) => where.or([contains('id', search), contains('name', search)]))
  }
  for (const { keys, values } of filter.tags ?? []) {
    let tagged = db.selectFrom('data_key_tags').select('data_key_id')
    if (keys.length > 0) tagged = tagged.where('tag_key', 'in', keys)
    if (values.length > 0) tagged = tagged.where('tag_value', 'in', values)
    query = query.where('id', 'in', tagged)
  }
  const order = filter.order === 'oldest-first' ? 'asc' : 'desc'
  const { total, places } = await findPage(query, order, page)
  const rows = await selectDataKeys(db)
    .where('data_keys.sequence', 'in', places)
    .orderBy('data_keys.sequence', order)
    .execute()
  return { total, rows: rows.map(toDataKey) }
}

export async function countDataKeys(db: Db, accountId: string): Promise<number> {
  const count = db
    .selectFrom('data_keys')
    .select(db.fn.countAll<number>().as('total'))
    .where('account_id', '=', accountId)
    .where('state', '!=', 'PendingDeletion')
  return (await count.executeTakeFirstOrThrow()).total
}

export async function insertDataKey(db: Db, dataKey: NewDataKey): Promise<void> {
  const row = {
    id: dataKey.id,
    account_id: dataKey.accountId,
    key_id: dataKey.keyId,
    name: dataKey.name,
    description: dataKey.description,
    state: dataKey.state,
    length: dataKey.length,
    origin: dataKey.origin,
    sealed: encodeSealed(dataKey.envelope),
    context: canonicalContext(dataKey.context),
    created_at: dataKey.createdAt,
    deletion_at: dataKey.deletionAt,
  }
  // The sequence is the database's to give.
  await db
    .insertInto('data_keys')
    .values(row as typeof row & { sequence: number })
    .execute()
}

export async function tagDataKey(db: Db, dataKeyId: string, tags: readonly Tag[]): Promise<void> {
  for (const { key, value } of tags) {
    const row = { data_key_id: dataKeyId, tag_key: key, tag_value: value }
    await db.insertInto('data_key_tags').values(row).execute()
  }
}

type Changes =
  | { state: DataKeyState; deletion_at: number | null }
  | { name: string }
  | { description: string }

export async function updateDataKey(db: Db, dataKeyId: string, changes: Changes): Promise<void> {
  await db.updateTable('data_keys').set(changes).where('id', '=', dataKeyId).execute()
}

export async function hasDue(db: Db, now: number): Promise<boolean> {
  const due = db.selectFrom('data_keys').select('id').where('deletion_at', '<=', now)
  return (await due.limit(1).executeTakeFirst()) !== undefined
}

/** Removes those whose deletion date has come; their ids. */
export async function removeDue(db: Db, now: number): Promise<string[]> {
  const due = db.selectFrom('data_keys').select('id').where('deletion_at', '<=', now)
  await db.deleteFrom('data_key_tags').where('data_key_id', 'in', due).execute()
  const removed = db.deleteFrom('data_keys').where('deletion_at', '<=', now).returning('id')
  return (await removed.execute()).map(({ id }) => id)
}

/** Removes those of a CMK, which nothing could open without it. */
export async function removeOfKey(db: Db, keyId: string): Promise<void> {
  const of = db.selectFrom('data_keys').select('id').where('key_id', '=', keyId)
  await db.deleteFrom('data_key_tags').where('data_key_id', 'in', of).execute()
  await db.deleteFrom('data_keys').where('key_id', '=', keyId).execute()
}
