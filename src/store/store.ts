// The Store port over a database: reads of the hot path from a cache, writes in transactions.
import { type Kysely, sql } from 'kysely'
import { Migrator } from 'kysely/migration'
import type { StoredCredential, User } from '../core/identities.ts'
import type { Key, KeyVersion } from '../core/key.ts'
import type { Store, StoreWriter } from '../core/ports.ts'
import * as aliases from './aliases.ts'
import * as credentials from './credentials.ts'
import * as dataKeys from './data-keys.ts'
import * as versions from './key-versions.ts'
import * as keys from './keys.ts'
import { migrations } from './migrations/index.ts'
import * as policies from './policies.ts'
import type { Database } from './schema.ts'
import * as settings from './settings.ts'
import { type OpenDatabase, openSqlite } from './sqlite.ts'
import * as users from './users.ts'

/** A store that can be closed. */
export interface OpenStore extends Store {
  /** Writes a whole, consistent copy of the database into a file that is not there yet. */
  copyTo(file: string): Promise<void>
  close(): Promise<void>
}

/** Opens `sqlite:FILE` (an absolute path) and brings its schema up to date. Throws when it cannot. */
export async function openStore(url: string): Promise<OpenStore> {
  const database = openSqlite(url.replace(/^sqlite:/, ''))
  const { error } = await new Migrator({ db: database.db, provider: migrations }).migrateToLatest()
  if (error !== undefined) throw error
  return createStore(database)
}

const cacheLimit = 20_000

function createStore(database: OpenDatabase): OpenStore {
  const { db } = database
  const cache = createCache(database)
  return {
    key: (keyId) => cache.read(`key/${keyId}`, () => keys.selectKey(db, keyId)),
    keyByAlias: (accountId, name) =>
      cache.read(`alias/${accountId}/${name}`, async () => {
        const alias = await aliases.selectAlias(db, accountId, name)
        return alias === undefined ? undefined : keys.selectKey(db, alias.keyId)
      }),
    keyOfVersion: (versionId) =>
      cache.read(`version/${versionId}`, () => keys.selectKeyOfVersion(db, versionId)),
    credential: (id) => cache.read(`credential/${id}`, () => credentials.selectCredential(db, id)),
    user: (userId) => cache.read(`user/${userId}`, () => users.selectUser(db, userId)),
    userByName: (accountId, name) => users.selectUserByName(db, accountId, name),
    keyTags: (keyId) => keys.selectTags(db, keyId),
    enabledKey: (clusterId) => keys.selectEnabledKey(db, clusterId),
    listKeys: (filter, page) => keys.listKeys(db, filter, page),
    countKeys: (accountId) => keys.countKeys(db, accountId),
    listVersions: (keyId, page) => versions.listVersions(db, keyId, page),
    listAliases: (accountId, keyId, page) => aliases.listAliases(db, accountId, keyId, page),
    dataKey: (dataKeyId) => dataKeys.selectDataKey(db, dataKeyId),
    listDataKeys: (filter, page) => dataKeys.listDataKeys(db, filter, page),
    countDataKeys: (accountId) => dataKeys.countDataKeys(db, accountId),
    account: (accountId) => users.selectAccount(db, accountId),
    listAccounts: () => users.listAccounts(db),
    listUsers: (accountId) => users.listUsers(db, accountId),
    listCredentials: (accountId) => credentials.listCredentials(db, accountId),
    listPolicies: (accountId) => policies.listPolicies(db, accountId),
    settingNames: (prefix) => settings.selectSettingNames(db, prefix),
    setting: (name) => settings.selectSetting(db, name),
    checkValues: (clusterId) => versions.selectCheckValues(db, clusterId),
    unsettledVersions: () => versions.selectUnsettledVersions(db),
    rotationsDue: (now) => keys.selectRotationsDue(db, now),
    unsettledKeys: () => keys.selectUnsettled(db),
    dueKeys: (now) => keys.selectDue(db, now),
    async transact(write) {
      try {
        return await db.connection().execute((connection) => immediately(connection, write))
      } finally {
        cache.clear()
      }
    },
    async ping() {
      await sql`select 1`.execute(db)
    },
    async copyTo(file) {
      await sql`vacuum into ${file}`.execute(db)
    },
    close: () => database.close(),
  }
}

/**
 * A transaction that holds the right to write from its beginning: one that read first and found another process
 * writing before it would have to fail.
 */
async function immediately<Result>(
  db: Kysely<Database>,
  write: (writer: StoreWriter) => Promise<Result>,
): Promise<Result> {
  await sql`begin immediate`.execute(db)
  try {
    const result = await write(createWriter(db))
    await sql`commit`.execute(db)
    return result
  } catch (error) {
    // SQLite may have rolled back by itself; what went wrong is the error to report.
    await sql`rollback`.execute(db).catch(() => undefined)
    throw error
  }
}

function createWriter(db: Kysely<Database>): StoreWriter {
  return {
    insertIntent: (intent) => keys.insertIntent(db, intent),
    activateKey: (keyId, versionId, checkValue) => keys.activateKey(db, keyId, versionId, checkValue),
    markDestroying: (keyId) => keys.setState(db, keyId, 'Destroying', null),
    removeKey: (keyId) => keys.removeKey(db, keyId),
    key: (keyId) => keys.selectKey(db, keyId),
    countKeys: (accountId) => keys.countKeys(db, accountId),
    countVersions: (keyId) => versions.countVersions(db, keyId),
    hasUnsettledVersion: (keyId) => versions.hasUnsettledVersion(db, keyId),
    insertVersion: (keyId, versionId, now) => versions.insertVersion(db, keyId, versionId, now),
    activateVersion: (versionId, checkValue) => versions.activateVersion(db, versionId, checkValue),
    giveUpVersion: (versionId) => versions.giveUpVersion(db, versionId),
    removeVersion: (versionId) => versions.removeVersion(db, versionId),
    setPrimaryVersion: (keyId, versionId, now) => keys.setPrimaryVersion(db, keyId, versionId, now),
    setRotation: (keyId, interval, next) => keys.setRotation(db, keyId, interval, next),
    tagKey: (keyId, tags) => keys.tagKey(db, keyId, tags),
    setState: (keyId, state, deletionAt) => keys.setState(db, keyId, state, deletionAt),
    setDescription: (keyId, description) => keys.setDescription(db, keyId, description),
    alias: (accountId, name) => aliases.selectAlias(db, accountId, name),
    insertAlias: (alias) => aliases.insertAlias(db, alias),
    moveAlias: (accountId, name, keyId) => aliases.moveAlias(db, accountId, name, keyId),
    renameFirstAlias: (accountId, keyId, name, now) =>
      aliases.renameFirstAlias(db, accountId, keyId, name, now),
    deleteAlias: (accountId, name) => aliases.deleteAlias(db, accountId, name),
    dataKey: (dataKeyId) => dataKeys.selectDataKey(db, dataKeyId),
    countDataKeys: (accountId) => dataKeys.countDataKeys(db, accountId),
    dataKeyNamed: (accountId, name) => dataKeys.selectNamed(db, accountId, name),
    insertDataKey: (dataKey) => dataKeys.insertDataKey(db, dataKey),
    tagDataKey: (dataKeyId, tags) => dataKeys.tagDataKey(db, dataKeyId, tags),
    setDataKeyState: (dataKeyId, state, deletionAt) =>
      dataKeys.updateDataKey(db, dataKeyId, { state, deletion_at: deletionAt }),
    setDataKeyName: (dataKeyId, name) => dataKeys.updateDataKey(db, dataKeyId, { name }),
    setDataKeyDescription: (dataKeyId, description) => dataKeys.updateDataKey(db, dataKeyId, { description }),
    removeDueDataKeys: (now) => dataKeys.removeDue(db, now),
    insertAccount: (account) => users.insertAccount(db, account),
    setAccountStatus: (accountId, status) => users.setAccountStatus(db, accountId, status),
    userByName: (accountId, name) => users.selectUserByName(db, accountId, name),
    insertUser: (user) => users.insertUser(db, user),
    setUserStatus: (userId, status) => users.setUserStatus(db, userId, status),
    policy: (accountId, name) => policies.selectPolicy(db, accountId, name),
    putPolicy: (accountId, policy, now) => policies.putPolicy(db, accountId, policy, now),
    attachPolicy: (user, name) => policies.attachPolicy(db, user, name),
    detachPolicy: (userId, name) => policies.detachPolicy(db, userId, name),
    setKeyPolicy: (keyId, policy) => keys.setPolicy(db, keyId, policy),
    setCredentialStatus: (accessKeyId, status) => credentials.setStatus(db, accessKeyId, status),
    setLastUsed: (accessKeyId, time) => credentials.setLastUsed(db, accessKeyId, time),
    insertCredential: (credential) => credentials.insertCredential(db, credential),
    countCredentials: (owner) => credentials.countCredentials(db, owner),
    setSetting: (name, value) => settings.upsertSetting(db, name, value),
    removeSetting: (name) => settings.deleteSetting(db, name),
  }
}

type Cached = Key | { key: Key; version: KeyVersion } | StoredCredential | User

interface Cache {
  read<Row extends Cached>(name: string, select: () => Promise<Row | undefined>): Promise<Row | undefined>
  clear(): void
}

// Emptied by every write of this process, and by every commit of another one that SQLite tells us of. What is
// not there is not remembered: a stranger's guesses must not fill the memory.
function createCache(database: OpenDatabase): Cache {
  const rows = new Map<string, Cached>()
  let version = database.version()
  let generation = 0
  const clear = () => {
    rows.clear()
    generation++
  }
  return {
    clear,
    async read<Row extends Cached>(name: string, select: () => Promise<Row | undefined>) {
      const current = database.version()
      if (current !== version || rows.size > cacheLimit) {
        version = current
        clear()
      }
      const found = rows.get(name)
      if (found !== undefined) return found as Row
      const started = generation
      const row = await select()
      // A write may have come between the query and now; then the row may be old, and is not kept.
      if (row !== undefined && started === generation) rows.set(name, row)
      return row
    },
  }
}
