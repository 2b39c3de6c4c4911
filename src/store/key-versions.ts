// Versions of keys: queries as plain functions of a connection.
import { type Kysely, type Selectable, type SqlBool, sql } from 'kysely'
import type { KeyVersion } from '../core/key.ts'
import type { HiddenKeyState } from '../core/key-state.ts'
import type { Listed, Page, UnsettledVersion } from '../core/ports.ts'
import { findPage } from './page.ts'
import type { Database } from './schema.ts'

type Db = Kysely<Database>

/** States of keys that no client sees. */
export const hidden: readonly HiddenKeyState[] = ['Creating', 'Destroying']

/** Ids of the keys that no client sees. */
export function selectHidden(db: Db) {
  // In words, not as parameters: only then is it the index of the hidden.
  return db.selectFrom('keys').select('id').where(sql<SqlBool>`state in ('Creating', 'Destroying')`)
}

// A version whose check value is null is being made, or was when a crash came; an empty one was given up.
export function selectVersions(db: Db) {
  return db.selectFrom('key_versions').where('check_value', '>', '')
}

export function toVersion(row: Selectable<Database['key_versions']>): KeyVersion {
  return Object.freeze({ id: row.id, keyId: row.key_id, number: row.number, createdAt: row.created_at })
}

export async function listVersions(db: Db, keyId: string, page: Page): Promise<Listed<KeyVersion>> {
  const versions = selectVersions(db).where('key_id', '=', keyId)
  const { total, places } = await findPage(versions.select('number as place'), 'desc', page)
  const rows = await versions.selectAll().where('number', 'in', places).orderBy('number', 'desc').execute()
  return { total, rows: rows.map(toVersion) }
}

/** Check values of a cluster's versions; null where the key is not settled. */
export async function selectCheckValues(db: Db, clusterId: string): Promise<[string, string | null][]> {
  const rows = await db
    .selectFrom('key_versions')
    .innerJoin('keys', 'keys.id', 'key_versions.key_id')
    .select(['key_versions.id', 'check_value', 'state'])
    .where('cluster_id', '=', clusterId)
    .execute()
  return rows.map(({ id, check_value: checkValue, state }) => [
    id,
    hidden.some((name) => name === state) || checkValue === '' ? null : checkValue,
  ])
}

/** Versions that were begun, of keys that are there. */
export async function selectUnsettledVersions(db: Db): Promise<UnsettledVersion[]> {
  const rows = await db
    .selectFrom('key_versions')
    .innerJoin('keys', 'keys.id', 'key_versions.key_id')
    .select(['key_versions.id', 'key_id', 'cluster_id', 'check_value', 'key_versions.created_at'])
    .where((where) => where.or([where('check_value', 'is', null), where('check_value', '=', '')]))
    .where('state', 'not in', hidden)
    .execute()
  return rows.map((row) => ({
    versionId: row.id,
    keyId: row.key_id,
    clusterId: row.cluster_id,
    createdAt: row.created_at,
    givenUp: row.check_value !== null,
  }))
}

export async function countVersions(db: Db, keyId: string): Promise<number> {
  const count = db.selectFrom('key_versions').select(db.fn.countAll<number>().as('total'))
  return (await count.where('key_id', '=', keyId).executeTakeFirstOrThrow()).total
}

export async function hasUnsettledVersion(db: Db, keyId: string): Promise<boolean> {
  const unsettled = db
    .selectFrom('key_versions')
    .select('id')
    .where('key_id', '=', keyId)
    .where((where) => where.or([where('check_value', 'is', null), where('check_value', '=', '')]))
  return (await unsettled.executeTakeFirst()) !== undefined
}

/** Begins a version; its number. */
export async function insertVersion(db: Db, keyId: string, id: string, now: number): Promise<number> {
  const { last } = await db
    .selectFrom('key_versions')
    .select(db.fn.max('number').as('last'))
    .where('key_id', '=', keyId)
    .executeTakeFirstOrThrow()
  const row = { id, key_id: keyId, number: (last ?? 0) + 1, check_value: null, created_at: now }
  await db.insertInto('key_versions').values(row).execute()
  return row.number
}

export async function activateVersion(db: Db, versionId: string, checkValue: string): Promise<boolean> {
  const begun = db.updateTable('key_versions').set({ check_value: checkValue }).where('id', '=', versionId)
  return (await begun.where('check_value', 'is', null).executeTakeFirst()).numUpdatedRows > 0n
}

/** Gives up a version that is not usable yet. */
export async function giveUpVersion(db: Db, versionId: string): Promise<'given-up' | 'usable' | 'gone'> {
  const begun = db.updateTable('key_versions').set({ check_value: '' }).where('id', '=', versionId)
  await begun.where('check_value', 'is', null).execute()
  const found = db.selectFrom('key_versions').select('check_value').where('id', '=', versionId)
  const row = await found.executeTakeFirst()
  if (row === undefined) return 'gone'
  return row.check_value === '' ? 'given-up' : 'usable'
}

export async function removeVersion(db: Db, versionId: string): Promise<void> {
  const unsettled = db.deleteFrom('key_versions').where('id', '=', versionId)
  await unsettled
    .where((where) => where.or([where('check_value', 'is', null), where('check_value', '=', '')]))
    .execute()
}
