// The Store port in memory: rows in maps, a transaction works on a copy that replaces them when it succeeds.
import type { Key, KeyVersion } from '../../src/core/key.ts'
import type { HiddenKeyState, KeyState } from '../../src/core/key-state.ts'
import type {
  Account,
  Alias,
  KeyFilter,
  Listed,
  Page,
  Store,
  StoredCredential,
  StoreWriter,
  Tag,
} from '../../src/core/ports.ts'

type KeyRow = Omit<Key, 'alias' | 'state'> & { readonly state: KeyState | HiddenKeyState }

/** Maps keep the order of insertion, which is the order of creation. Rows are replaced, never changed. */
interface Rows {
  readonly keys: Map<string, KeyRow>
  readonly versions: Map<string, KeyVersion>
  readonly aliases: Map<string, Alias & { readonly first: boolean }>
  readonly tags: Map<string, readonly Tag[]>
  readonly accounts: Map<string, Account>
  readonly credentials: Map<string, StoredCredential>
  readonly settings: Map<string, string>
}

/** An empty store. It answers as the SQL one does, so that tests need no file. */
export function createMemoryStore(): Store {
  let rows: Rows = {
    keys: new Map(),
    versions: new Map(),
    aliases: new Map(),
    tags: new Map(),
    accounts: new Map(),
    credentials: new Map(),
    settings: new Map(),
  }
  let last: Promise<unknown> = Promise.resolve()
  return {
    key: async (keyId) => readKey(rows, keyId),
    keyByAlias: async (accountId, name) => readKey(rows, rows.aliases.get(`${accountId}/${name}`)?.keyId),
    async keyOfVersion(keyVersionId) {
      const version = rows.versions.get(keyVersionId)
      const key = readKey(rows, version?.keyId)
      return version === undefined || key === undefined ? undefined : { key, version }
    },
    listKeys: async (filter, page) => listKeys(rows, filter, page),
    countKeys: async (accountId) => countKeys(rows, accountId),
    async listVersions(keyId, page) {
      const versions = [...rows.versions.values()].filter((version) => version.keyId === keyId)
      return pageOf(
        versions.sort((a, b) => b.number - a.number),
        page,
      )
    },
    alias: async (accountId, name) => readAlias(rows, accountId, name),
    async listAliases(accountId, keyId, page) {
      const aliases = [...rows.aliases.values()]
        .filter((alias) => alias.accountId === accountId && (keyId === undefined || alias.keyId === keyId))
        .filter((alias) => readKey(rows, alias.keyId) !== undefined)
        .sort((a, b) => (a.name < b.name ? -1 : 1))
      return pageOf(aliases.map(withoutFirst), page)
    },
    tags: async (keyId) => rows.tags.get(keyId) ?? [],
    account: async (accountId) => rows.accounts.get(accountId),
    credential: async (accessKeyId) => rows.credentials.get(accessKeyId),
    setting: async (name) => rows.settings.get(name),
    async unsettledKeys() {
      return [...rows.keys.values()].flatMap(({ id: keyId, clusterId, createdAt, state }) => {
        if (state !== 'Creating' && state !== 'Destroying') return []
        const versions = [...rows.versions.values()].filter((version) => version.keyId === keyId)
        return [{ keyId, clusterId, createdAt, state, versionIds: versions.map(({ id }) => id) }]
      })
    },
    async dueKeys(now) {
      return [...rows.keys.keys()].filter((keyId) => {
        const { deletionAt } = readKey(rows, keyId) ?? { deletionAt: null }
        return deletionAt !== null && deletionAt <= now
      })
    },
    transact(write) {
      // One at a time, as SQLite has it.
      const result = last.then(async () => {
        const copy = copyRows(rows)
        const answer = await write(createWriter(copy))
        rows = copy
        return answer
      })
      last = result.catch(() => undefined)
      return result
    },
    async ping() {},
  }
}

function createWriter(rows: Rows): StoreWriter {
  const change = (keyId: string, members: Partial<KeyRow>) => {
    const row = rows.keys.get(keyId)
    if (row !== undefined) rows.keys.set(keyId, { ...row, ...members })
  }
  const firstOf = (keyId: string) =>
    [...rows.aliases.values()].find((alias) => alias.keyId === keyId && alias.first)
  const insertAlias = (alias: Alias) => {
    const name = `${alias.accountId}/${alias.name}`
    if (rows.aliases.has(name)) throw new Error(`alias ${name} exists`)
    rows.aliases.set(name, { ...alias, first: firstOf(alias.keyId) === undefined })
  }
  return {
    async insertIntent({ key, alias, tags }) {
      const { id: keyId, primaryVersionId, createdAt, accountId } = key
      rows.keys.set(keyId, { ...key, state: 'Creating' })
      rows.versions.set(primaryVersionId, { id: primaryVersionId, keyId, number: 1, createdAt })
      if (alias !== undefined) insertAlias({ accountId, name: alias, keyId, createdAt })
      rows.tags.set(keyId, tags)
    },
    async activateKey(keyId) {
      if (rows.keys.get(keyId)?.state === 'Creating') change(keyId, { state: 'Enabled' })
    },
    markDestroying: async (keyId) => change(keyId, { state: 'Destroying', deletionAt: null }),
    async removeKey(keyId) {
      rows.keys.delete(keyId)
      rows.tags.delete(keyId)
      for (const [id, version] of rows.versions) if (version.keyId === keyId) rows.versions.delete(id)
      for (const [name, alias] of rows.aliases) if (alias.keyId === keyId) rows.aliases.delete(name)
    },
    key: async (keyId) => readKey(rows, keyId),
    countKeys: async (accountId) => countKeys(rows, accountId),
    setState: async (keyId, state, deletionAt) => change(keyId, { state, deletionAt }),
    setDescription: async (keyId, description) => change(keyId, { description }),
    alias: async (accountId, name) => readAlias(rows, accountId, name),
    insertAlias: async (alias) => insertAlias(alias),
    async moveAlias(accountId, name, keyId) {
      const alias = readAlias(rows, accountId, name)
      if (alias === undefined || alias.keyId === keyId) return
      rows.aliases.delete(`${accountId}/${name}`)
      insertAlias({ ...alias, keyId })
    },
    async renameFirstAlias(accountId, keyId, name, now) {
      const first = firstOf(keyId)
      if (first?.name === name) return
      if (first !== undefined) rows.aliases.delete(`${accountId}/${first.name}`)
      rows.aliases.delete(`${accountId}/${name}`)
      insertAlias({ accountId, name, keyId, createdAt: now })
    },
    async deleteAlias(accountId, name) {
      rows.aliases.delete(`${accountId}/${name}`)
    },
    async insertAccount(account) {
      rows.accounts.set(account.id, account)
    },
    async insertCredential(credential) {
      rows.credentials.set(credential.accessKeyId, credential)
    },
    async setSetting(name, value) {
      rows.settings.set(name, value)
    },
  }
}

function readKey(rows: Rows, keyId: string | undefined): Key | undefined {
  const row = keyId === undefined ? undefined : rows.keys.get(keyId)
  if (row === undefined) return undefined
  const { state } = row
  if (state === 'Creating' || state === 'Destroying') return undefined
  const first = [...rows.aliases.values()].find((alias) => alias.keyId === keyId && alias.first)
  return { ...row, state, alias: first?.name ?? '' }
}

function readAlias(rows: Rows, accountId: string, name: string): Alias | undefined {
  const alias = rows.aliases.get(`${accountId}/${name}`)
  return alias === undefined ? undefined : withoutFirst(alias)
}

function withoutFirst({ accountId, name, keyId, createdAt }: Alias): Alias {
  return { accountId, name, keyId, createdAt }
}

function countKeys(rows: Rows, accountId: string): number {
  return [...rows.keys.values()].filter((key) => key.accountId === accountId).length
}

function listKeys(rows: Rows, filter: KeyFilter, page: Page): Listed<Key> {
  const keys = [...rows.keys.keys()].flatMap((keyId) => readKey(rows, keyId) ?? [])
  const found = keys.filter((key) => matches(rows, key, filter))
  return pageOf(filter.order === 'oldest-first' ? found : found.reverse(), page)
}

function matches(rows: Rows, key: Key, filter: KeyFilter): boolean {
  const names = [...rows.aliases.values()].filter(({ keyId }) => keyId === key.id).map(({ name }) => name)
  const tags = rows.tags.get(key.id) ?? []
  const { search } = filter
  const allowed = (list: readonly string[] | undefined, value: string) =>
    list === undefined || list.includes(value)
  return (
    key.accountId === filter.accountId &&
    allowed(filter.states, key.state) &&
    (filter.clusterId === undefined || key.clusterId === filter.clusterId) &&
    allowed(filter.keyIds, key.id) &&
    allowed(filter.protectionLevels, key.protectionLevel) &&
    (filter.dedicatedClusterIds === undefined ||
      (key.dedicated && filter.dedicatedClusterIds.includes(key.clusterId))) &&
    (search === undefined || [key.id, ...names].some((text) => text.includes(search))) &&
    (filter.aliases === undefined || names.some((name) => filter.aliases?.includes(name))) &&
    (filter.tags ?? []).every((wanted) =>
      tags.some(
        (tag) => tag.key === wanted.key && (wanted.values.length === 0 || wanted.values.includes(tag.value)),
      ),
    )
  )
}

function pageOf<Row>(rows: readonly Row[], { offset, limit }: Page): Listed<Row> {
  return { total: rows.length, rows: rows.slice(offset, offset + limit) }
}

function copyRows(rows: Rows): Rows {
  return {
    keys: new Map(rows.keys),
    versions: new Map(rows.versions),
    aliases: new Map(rows.aliases),
    tags: new Map(rows.tags),
    accounts: new Map(rows.accounts),
    credentials: new Map(rows.credentials),
    settings: new Map(rows.settings),
  }
}
