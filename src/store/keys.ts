// Keys and their versions: queries as plain functions of a connection.
import type { Kysely, Selectable } from 'kysely'
import type { Key, KeyVersion } from '../core/key.ts'
import type { HiddenKeyState, KeyState } from '../core/key-state.ts'
import type { KeyFilter, KeyIntent, Listed, Page, Tag, UnsettledKey } from '../core/ports.ts'
import { removeOfKey } from './data-keys.ts'
import { hidden, selectVersions, toVersion } from './key-versions.ts'
import { findPage } from './page.ts'
import type { Database } from './schema.ts'
import { contains } from './texts.ts'

type Db = Kysely<Database>

function selectKeys(db: Db) {
  return db
    .selectFrom('keys')
    .selectAll('keys')
    .select((from) =>
      from
        .selectFrom('aliases')
        .select('name')
        .whereRef('aliases.key_id', '=', 'keys.id')
        .where('first', '=', 1)
        .as('alias'),
    )
    .where('keys.state', 'not in', hidden)
}

function toKey(row: Selectable<Database['keys']> & { alias: string | null }): Key {
  return Object.freeze({
    id: row.id,
    accountId: row.account_id,
    clusterId: row.cluster_id,
    dedicated: row.dedicated === 1,
    spec: row.spec,
    usage: row.usage,
    protectionLevel: row.protection_level,
    state: row.state as KeyState,
    description: row.description,
    alias: row.alias ?? '',
    createdAt: row.created_at,
    deletionAt: row.deletion_at,
    primaryVersionId: row.primary_version_id,
    rotationInterval: row.rotation_interval,
    rotationAt: row.rotation_at,
    rotatedAt: row.rotated_at,
    policy: row.policy,
  })
}

export async function selectKey(db: Db, keyId: string): Promise<Key | undefined> {
  const row = await selectKeys(db).where('id', '=', keyId).executeTakeFirst()
  return row === undefined ? undefined : toKey(row)
}

export async function selectEnabledKey(db: Db, clusterId: string): Promise<Key | undefined> {
  const enabled = selectKeys(db).where('cluster_id', '=', clusterId).where('state', '=', 'Enabled')
  const row = await enabled.orderBy('sequence').limit(1).executeTakeFirst()
  return row === undefined ? undefined : toKey(row)
}

export async function selectKeyOfVersion(
  db: Db,
  versionId: string,
): Promise<{ key: Key; version: KeyVersion } | undefined> {
  const row = await selectVersions(db).selectAll().where('id', '=', versionId).executeTakeFirst()
  const key = row === undefined ? undefined : await selectKey(db, row.key_id)
  return row === undefined || key === undefined ? undefined : { key, version: toVersion(row) }
}

export async function listKeys(db: Db, filter: KeyFilter, page: Page): Promise<Listed<Key>> {
  let query = db
    .selectFrom('keys')
    .select('sequence as place')
    .where('account_id', '=', filter.accountId)
    .where('state', 'not in', hidden)
  const { search, aliases } = filter
  if (filter.states !== undefined) query = query.where('state', 'in', filter.states)
  if (filter.clusterId !== undefined) query = query.where('cluster_id', '=', filter.clusterId)
  if (filter.keyIds !== undefined) query = query.where('id', 'in', filter.keyIds)
  if (filter.protectionLevels !== undefined) {
    query = query.where('protection_level', 'in', filter.protectionLevels as Key['protectionLevel'][])
  }
  if (filter.dedicatedClusterIds !== undefined) {
    query = query.where('dedicated', '=', 1).where('cluster_id', 'in', filter.dedicatedClusterIds)
  }
  if (search !== undefined) {
    query = query.where((where) =>
      where.or([
        contains('keys.id', search),
        where('id', 'in', db.selectFrom('aliases').select('key_id').where(contains('name', search))),
      ]),
    )
  }
  if (aliases !== undefined) {
    query = query.where('id', 'in', db.selectFrom('aliases').select('key_id').where('name', 'in', aliases))
  }
  for (const { keys, values } of filter.tags ?? []) {
    let tagged = db.selectFrom('key_tags').select('key_id')
    if (keys.length > 0) tagged = tagged.where('tag_key', 'in', keys)
    if (values.length > 0) tagged = tagged.where('tag_value', 'in', values)
    query = query.where('id', 'in', tagged)
  }
  const order = filter.order === 'oldest-first' ? 'asc' : 'desc'
  const { total, places } = await findPage(query, order, page)
  const rows = await selectKeys(db).where('sequence', 'in', places).orderBy('sequence', order).execute()
  return { total, rows: rows.map(toKey) }
}

export async function countKeys(db: Db, accountId: string): Promise<number> {
  const count = db
    .selectFrom('keys')
    .select(db.fn.countAll<number>().as('total'))
    .where('account_id', '=', accountId)
  return (await count.executeTakeFirstOrThrow()).total
}

export async function selectUnsettled(db: Db): Promise<UnsettledKey[]> {
  const rows = await db
    .selectFrom('keys')
    .innerJoin('key_versions', 'key_versions.key_id', 'keys.id')
    .select(['keys.id', 'cluster_id', 'state', 'keys.created_at', 'key_versions.id as version_id'])
    .where('state', 'in', hidden)
    .execute()
  const byKey = Map.groupBy(rows, (row) => row.id)
  return [...byKey].flatMap(([keyId, versions]) => {
    const [first] = versions
    if (first === undefined) return []
    const versionIds = versions.map((version) => version.version_id)
    const { cluster_id: clusterId, created_at: createdAt } = first
    return [{ keyId, clusterId, createdAt, state: first.state as HiddenKeyState, versionIds }]
  })
}

/** Enabled keys whose rotation is due. */
export async function selectRotationsDue(db: Db, now: number): Promise<Key[]> {
  const due = selectKeys(db).where('state', '=', 'Enabled').where('rotation_at', '<=', now)
  return (await due.execute()).map(toKey)
}

export async function selectDue(db: Db, now: number): Promise<string[]> {
  const due = db
    .selectFrom('keys')
    .select('id')
    .where('state', 'not in', hidden)
    .where('deletion_at', '<=', now)
  return (await due.execute()).map(({ id }) => id)
}

export async function insertIntent(db: Db, { key, alias }: KeyIntent): Promise<void> {
  const row = {
    id: key.id,
    account_id: key.accountId,
    cluster_id: key.clusterId,
    dedicated: key.dedicated ? 1 : 0,
    spec: key.spec,
    usage: key.usage,
    protection_level: key.protectionLevel,
    state: 'Creating',
    description: key.description,
    primary_version_id: key.primaryVersionId,
    created_at: key.createdAt,
    deletion_at: key.deletionAt,
    rotation_interval: key.rotationInterval,
    rotation_at: key.rotationAt,
    rotated_at: key.rotatedAt,
    policy: key.policy,
  } as const
  // The sequence is the database's to give.
  await db
    .insertInto('keys')
    .values(row as typeof row & { sequence: number })
    .execute()
  const version = {
    id: key.primaryVersionId,
    key_id: key.id,
    number: 1,
    check_value: null,
    created_at: key.createdAt,
  }
  await db.insertInto('key_versions').values(version).execute()
  if (alias !== undefined) {
    const named = {
      account_id: key.accountId,
      name: alias,
      key_id: key.id,
      first: 1,
      created_at: key.createdAt,
    }
    await db.insertInto('aliases').values(named).execute()
  }
}

export async function selectTags(db: Db, keyId: string): Promise<Record<string, string>> {
  const rows = await db.selectFrom('key_tags').selectAll().where('key_id', '=', keyId).execute()
  return Object.fromEntries(rows.map((row) => [row.tag_key, row.tag_value]))
}

export async function tagKey(db: Db, keyId: string, tags: readonly Tag[]): Promise<void> {
  for (const { key, value } of tags) {
    await db.insertInto('key_tags').values({ key_id: keyId, tag_key: key, tag_value: value }).execute()
  }
}

export async function activateKey(
  db: Db,
  keyId: string,
  versionId: string,
  checkValue: string,
): Promise<boolean> {
  await db.updateTable('key_versions').set({ check_value: checkValue }).where('id', '=', versionId).execute()
  return leaveCreation(db, keyId, { state: 'Enabled', primary_version_id: versionId })
}

/** Ends a creation; false when it has ended already. */
export async function leaveCreation(
  db: Db,
  keyId: string,
  changes: { state: 'Enabled'; primary_version_id: string } | { state: 'Destroying' },
): Promise<boolean> {
  const creating = db.updateTable('keys').set(changes).where('id', '=', keyId)
  return (await creating.where('state', '=', 'Creating').executeTakeFirst()).numUpdatedRows > 0n
}

export async function setState(
  db: Db,
  keyId: string,
  state: KeyState | HiddenKeyState,
  deletionAt: number | null,
): Promise<void> {
  await db.updateTable('keys').set({ state, deletion_at: deletionAt }).where('id', '=', keyId).execute()
}

export async function setPrimaryVersion(
  db: Db,
  keyId: string,
  versionId: string,
  rotatedAt: number,
): Promise<void> {
  const changes = { primary_version_id: versionId, rotated_at: rotatedAt }
  await db.updateTable('keys').set(changes).where('id', '=', keyId).execute()
}

export async function setRotation(
  db: Db,
  keyId: string,
  interval: number | null,
  next: number | null,
): Promise<void> {
  const changes = { rotation_interval: interval, rotation_at: next }
  await db.updateTable('keys').set(changes).where('id', '=', keyId).execute()
}

export async function setPolicy(db: Db, keyId: string, policy: string): Promise<void> {
  await db.updateTable('keys').set({ policy }).where('id', '=', keyId).execute()
}

export async function setDescription(db: Db, keyId: string, description: string): Promise<void> {
  await db.updateTable('keys').set({ description }).where('id', '=', keyId).execute()
}

export async function removeKey(db: Db, keyId: string): Promise<void> {
  await removeOfKey(db, keyId)
  await db.deleteFrom('aliases').where('key_id', '=', keyId).execute()
  await db.deleteFrom('key_tags').where('key_id', '=', keyId).execute()
  await db.deleteFrom('key_versions').where('key_id', '=', keyId).execute()
  await db.deleteFrom('keys').where('id', '=', keyId).execute()
}
