// The Store port over a database: reads of the hot path from a cache, writes in transactions.
import { type Kysely, sql } from 'kysely'
import type { Store, StoreWriter } from '../core/ports.ts'
import * as aliases from './aliases.ts'
import { createCache } from './cache.ts'
import { copyRows } from './copy.ts'
import * as credentials from './credentials.ts'
import * as dataKeys from './data-keys.ts'
import type { OnStoreEvent, OpenDatabase } from './database.ts'
import * as versions from './key-versions.ts'
import * as keys from './keys.ts'
import * as policies from './policies.ts'
import { openPostgres } from './postgres.ts'
import type { Database } from './schema.ts'
import * as settings from './settings.ts'
import { openSqlite } from './sqlite.ts'
import * as users from './users.ts'

/** A store, and what its owner needs besides. */
export interface OpenStore extends Store {
  /** Joins the processes that serve from the store. When there are no others, `alone` runs before any can join. */
  join(alone: () => Promise<void>): Promise<void>
  /** Runs work unless another process runs such work at this moment; true when it did. */
  exclusively(work: () => Promise<void>): Promise<boolean>
  /** Writes a whole, consistent copy of the rows into a SQLite file that is not there yet. */
  copyTo(file: string): Promise<void>
  /** Takes over the rows of such a copy, which is brought up to date. Throws when there are rows already. */
  fillFrom(file: string): Promise<void>
  close(): Promise<void>
}

export interface StoreOptions {
  /** PostgreSQL's, when the URL does not hold it. */
  readonly password?: string | undefined
  readonly onEvent?: OnStoreEvent
}

/** Opens `sqlite:FILE` (an absolute path) or `postgres://…` and brings its schema up to date. Throws when it cannot. */
export async function openStore(
  url: string,
  { password, onEvent = () => {} }: StoreOptions = {},
): Promise<OpenStore> {
  if (url.startsWith('sqlite:')) return createStore(await openSqlite(url.slice('sqlite:'.length)))
  return createStore(await openPostgres(url, password, onEvent))
}

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
    setting: (name) => settings.selectSetting(db, name),
    checkValues: (clusterId) => versions.selectCheckValues(db, clusterId),
    unsettledVersions: () => versions.selectUnsettledVersions(db),
    rotationsDue: (now) => keys.selectRotationsDue(db, now),
    unsettledKeys: () => keys.selectUnsettled(db),
    hasDueDataKeys: (now) => dataKeys.hasDue(db, now),
    dueKeys: (now) => keys.selectDue(db, now),
    async transact(write) {
      try {
        return await database.transact((connection) => write(createWriter(connection)))
      } finally {
        cache.clear()
      }
    },
    noteUses: (uses) => database.transactQuietly((connection) => credentials.setLastUsed(connection, uses)),
    async ping() {
      await sql`select 1`.execute(db)
    },
    join: (alone) => database.join(alone),
    exclusively: (work) => database.exclusively(work),
    async copyTo(file) {
      const copy = await openSqlite(file)
      await database.snapshot((from) => copy.transact((to) => copyRows(from, to))).finally(copy.close)
    },
    async fillFrom(file) {
      const copy = await openSqlite(file)
      await copy.snapshot((from) => database.transact((to) => copyRows(from, to))).finally(copy.close)
      await database.renumber()
    },
    close: () => database.close(),
  }
}

function createWriter(db: Kysely<Database>): StoreWriter {
  return {
    insertIntent: (intent) => keys.insertIntent(db, intent),
    activateKey: (keyId, versionId, checkValue) => keys.activateKey(db, keyId, versionId, checkValue),
    giveUpKey: (keyId) => keys.leaveCreation(db, keyId, { state: 'Destroying' }),
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
    insertCredential: (credential) => credentials.insertCredential(db, credential),
    countCredentials: (owner) => credentials.countCredentials(db, owner),
    setSetting: (name, value) => settings.upsertSetting(db, name, value),
    keepSetting: (name, value) => settings.keepSetting(db, name, value),
    removeSetting: (name) => settings.deleteSetting(db, name),
  }
}
