// The store: transactions, the cache of the hot path, listings, and what a second process does to them.
import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import type { NewDataKey, Page } from '../../src/core/ports.ts'
import { type OpenStore, openStore } from '../../src/store/store.ts'
import { accountId, addAccount, addKey, intendedKey, isKept } from '../support/keys.ts'
import { testPostgres, withoutPostgres } from '../support/postgres.ts'
import { eventually } from '../support/until.ts'

function hosted(keyId: string, name: string): Omit<NewDataKey, 'deletionAt'> {
  const envelope = {
    strategy: 'rfc3394',
    purpose: 'data-key',
    keyVersionId: randomUUID(),
    wrapped: Buffer.alloc(24),
    body: Buffer.alloc(0),
  } as const
  const described = { id: randomUUID(), accountId, keyId, name, description: '', length: 16, createdAt: 1 }
  return { ...described, envelope, context: {}, state: 'Enabled', origin: 'generated' }
}

/** A database's URL in a test, by engine; false where there is none. */
const engines: Record<string, { skip: string | false; url(t: Test): string }> = {
  sqlite: {
    skip: false,
    url(t) {
      const folder = mkdtempSync(join(tmpdir(), 'p11kms-store-'))
      t.teardown(() => rmSync(folder, { recursive: true, force: true }))
      return `sqlite:${join(folder, 'test.db')}`
    },
  },
  postgres: { skip: withoutPostgres, url: () => testPostgres().makeDatabase() },
}

async function open(t: Test, url: string): Promise<OpenStore> {
  const store = await openStore(url)
  t.teardown(() => store.close())
  await store.join(async () => {})
  return store
}

async function create(t: Test, url: string): Promise<{ store: OpenStore; url: string }> {
  const store = await open(t, url)
  await addAccount(store)
  return { store, url }
}

for (const [engine, { skip, url: makeUrl }] of Object.entries(engines)) {
  t.test(engine, { skip }, async (t) => {
    const make = (t: Test) => create(t, makeUrl(t))

    t.test('a key in creation is nobody’s to see, but takes up its name and its place', async (t) => {
      const { store } = await make(t)
      const row = { key: intendedKey(), alias: 'orders' }
      await store.transact((writer) => writer.insertIntent(row))
      t.equal(await store.key(row.key.id), undefined)
      t.equal(await store.keyByAlias(accountId, 'orders'), undefined)
      t.equal(await store.keyOfVersion(row.key.primaryVersionId), undefined)
      t.equal((await store.listKeys({ accountId }, { offset: 0, limit: 10 })).total, 0)
      t.equal((await store.listAliases(accountId, undefined, { offset: 0, limit: 10 })).total, 0)
      t.equal(await store.countKeys(accountId), 1)
      await t.rejects(
        store.transact((writer) => writer.insertIntent({ key: intendedKey(), alias: 'orders' })),
        /unique/i,
      )
      t.match(await store.unsettledKeys(), [
        { keyId: row.key.id, state: 'Creating', versionIds: [row.key.primaryVersionId] },
      ])
      await store.transact((writer) => writer.activateKey(row.key.id, row.key.primaryVersionId, 'abcd'))
      t.match(await store.key(row.key.id), { state: 'Enabled', alias: 'orders' })
      t.same(await store.unsettledKeys(), [])
    })

    t.test('a transaction is kept whole or not at all', async (t) => {
      const { store } = await make(t)
      const id = await addKey(store)
      const failing = store.transact(async (writer) => {
        await writer.setDescription(id, 'changed')
        throw new Error('stop')
      })
      await t.rejects(failing, /stop/)
      t.equal((await store.key(id))?.description, '')
    })

    t.test('a read after a write sees it, whatever was cached', async (t) => {
      const { store } = await make(t)
      const id = await addKey(store, 'a')
      t.equal((await store.keyByAlias(accountId, 'a'))?.state, 'Enabled')
      await eventually(() => isKept(store, id), 'a row kept in memory')
      await store.transact((writer) => writer.setState(id, 'Disabled', null))
      t.equal((await store.key(id))?.state, 'Disabled')
      t.equal((await store.keyByAlias(accountId, 'a'))?.state, 'Disabled')
      await store.transact((writer) => writer.removeKey(id))
      t.equal(await store.key(id), undefined)
      t.equal(await store.keyByAlias(accountId, 'a'), undefined)
    })

    t.test('uses of access keys are noted, the latest of each, and rows stay in memory', async (t) => {
      const { store } = await make(t)
      const id = await addKey(store)
      const accessKeyIds = ['a', 'b', "'"]
      await store.transact(async (writer) => {
        for (const accessKeyId of accessKeyIds) {
          await writer.insertCredential({ accessKeyId, accountId, sealedSecret: Buffer.of(1), createdAt: 1 })
        }
      })
      const many = Array.from({ length: 12_000 }, (_, index) => [`unknown-${index}`, 1] as const)
      await store.noteUses([['a', 5], ...many, ["'", 7]])
      await store.noteUses([
        ['a', 4],
        ["'", 8],
      ])
      // On a busy machine memory may not be trusted for a moment; a write that empties it does so every time.
      await eventually(async () => {
        const kept = await store.key(id)
        await store.noteUses([['b', 2]])
        return (await store.key(id)) === kept
      }, 'a row kept in memory')
      const rows = await store.listCredentials(accountId)
      const times = Object.fromEntries(rows.map(({ accessKeyId, lastUsedAt }) => [accessKeyId, lastUsedAt]))
      t.same(times, { a: 5, b: 2, "'": 8 })
    })

    t.test('a commit of another process is seen within a second', async (t) => {
      const { store, url } = await make(t)
      const id = await addKey(store)
      await eventually(() => isKept(store, id), 'a row kept in memory')
      const other = await open(t, url)
      await other.transact((writer) => writer.setState(id, 'Disabled', null))
      await new Promise((resolve) => setTimeout(resolve, engine === 'sqlite' ? 20 : 1000))
      t.equal((await store.key(id))?.state, 'Disabled')
    })

    t.test('opening again keeps what is there', async (t) => {
      const { store, url } = await make(t)
      const id = await addKey(store)
      await store.transact((writer) => writer.setSetting('x', '1'))
      await store.transact((writer) => writer.setSetting('x', '2'))
      t.equal(await store.transact((writer) => writer.keepSetting('x', '3')), '2', 'what is there stays')
      t.equal(await store.transact((writer) => writer.keepSetting('z', '1')), '1')
      const again = await open(t, url)
      t.equal((await again.key(id))?.id, id)
      t.equal(await again.setting('x'), '2')
      t.equal(await again.setting('y'), undefined)
      t.equal(await again.setting('z'), '1')
      await again.ping()
    })

    t.test('listings page, count, order and filter', async (t) => {
      const { store } = await make(t)
      const ids: string[] = []
      for (let count = 0; count < 5; count++)
        ids.push(await addKey(store, `name-${count}`, count === 4 ? { clusterId: 'b', dedicated: true } : {}))
      const [first = '', , , , last = ''] = ids
      const list = async (filter: object, page = { offset: 0, limit: 10 }) => {
        const { total, rows } = await store.listKeys({ accountId, ...filter }, page)
        return [total, ...rows.map(({ id }) => ids.indexOf(id))]
      }
      t.same(await list({}), [5, 4, 3, 2, 1, 0], 'newest first')
      t.same(await list({ order: 'oldest-first' }, { offset: 1, limit: 2 }), [5, 1, 2])
      t.same(await list({ clusterId: 'b' }), [1, 4])
      t.same(await list({ dedicatedClusterIds: ['a', 'b'] }), [1, 4])
      t.same(await list({ search: 'me-3' }), [1, 3])
      t.same(await list({ search: first.slice(4, 20) }), [1, 0])
      t.same(await list({ search: 'ME-3' }), [0], 'in this case')
      t.same(await list({ keyIds: [] }), [0])
      t.same(await list({ states: ['Disabled'] }), [0])
      t.same(await list({ aliases: ['name-2', 'none'] }), [1, 2])
      t.same(await list({ search: "'; drop table keys; --%_" }), [0])
      t.equal((await store.listKeys({ accountId: 'other' }, { offset: 0, limit: 10 })).total, 0)
      t.equal((await store.listVersions(last, { offset: 0, limit: 10 })).total, 1)
    })

    t.test('every page of every listing holds what is at its place, from either end', async (t) => {
      const { store } = await make(t)
      const rows = Array.from({ length: 7 }, (_, index) => index)
      const ids: string[] = []
      for (const index of rows) ids.push(await addKey(store, `name-${index}`))
      const [keyId = ''] = ids
      const dataKeys = rows.map((index) => ({ ...hosted(keyId, `name-${index}`), deletionAt: null }))
      await store.transact(async (writer) => {
        for (const dataKey of dataKeys) await writer.insertDataKey(dataKey)
        for (const index of rows) {
          const versionId = randomUUID()
          await writer.insertVersion(keyId, versionId, index)
          await writer.activateVersion(versionId, 'abcd')
        }
      })
      const named = ({ name }: { name: string }) => Number(name.slice('name-'.length))
      const listings: Record<string, (page: Page) => Promise<[number, ...number[]]>> = {
        async keys(page) {
          const { total, rows } = await store.listKeys({ accountId, order: 'oldest-first' }, page)
          return [total, ...rows.map(({ id }) => ids.indexOf(id))]
        },
        async dataKeys(page) {
          const { total, rows } = await store.listDataKeys({ accountId, now: 1, order: 'oldest-first' }, page)
          return [total, ...rows.map(named)]
        },
        async aliases(page) {
          const { total, rows } = await store.listAliases(accountId, undefined, page)
          return [total, ...rows.map(named)]
        },
        async versions(page) {
          const { total, rows } = await store.listVersions(keyId, page)
          return [total - 1, ...rows.map(({ number }) => 8 - number)]
        },
      }
      for (const [name, list] of Object.entries(listings)) {
        for (const [offset, limit] of [
          [0, 3],
          [2, 3],
          [3, 3],
          [5, 1],
          [6, 1],
          [7, 3],
          [9, 3],
          [0, 0],
        ] as const) {
          // The key's first version comes last, behind the others.
          const all = name === 'versions' ? [...rows, 7] : rows
          t.same(
            await list({ offset, limit }),
            [7, ...all.slice(offset, offset + limit)],
            `${name} ${offset}`,
          )
        }
      }
    })

    t.test('hosted data keys are listed until their date, or their CMK’s, has come', async (t) => {
      const { store } = await make(t)
      const [staying, ending, leaving] = [await addKey(store), await addKey(store), await addKey(store)]
      await store.transact(async (writer) => {
        await writer.insertDataKey({ ...hosted(staying, 'w'), deletionAt: null })
        await writer.insertDataKey({ ...hosted(staying, 'x'), deletionAt: 10 })
        await writer.insertDataKey({ ...hosted(ending, 'y'), deletionAt: null })
        await writer.insertDataKey({ ...hosted(leaving, 'z'), deletionAt: null })
        await writer.setState(ending, 'PendingDeletion', 20)
        await writer.markDestroying(leaving)
      })
      const list = async (now: number, filter: object = {}) => {
        const page = { offset: 0, limit: 10 }
        const { total, rows } = await store.listDataKeys({ accountId, now, ...filter }, page)
        return [total, ...rows.map(({ name }) => name)]
      }
      t.same(await list(9), [3, 'y', 'x', 'w'])
      t.same(await list(10), [2, 'y', 'w'])
      t.same(await list(20), [1, 'w'])
      t.same(await list(9, { clusterId: 'a', search: 'x' }), [1, 'x'])
      t.same(await list(9, { clusterId: 'b' }), [0])
    })

    t.test('a key has at most one first alias, whatever is moved', async (t) => {
      const { store } = await make(t)
      const [one, two] = [await addKey(store, 'a'), await addKey(store)]
      const first = async (id: string) => (await store.key(id))?.alias
      await store.transact((writer) => writer.insertAlias({ accountId, name: 'b', keyId: one, createdAt: 2 }))
      t.equal(await first(one), 'a')
      await store.transact((writer) => writer.moveAlias(accountId, 'a', two))
      t.same([await first(one), await first(two)], ['', 'a'])
      await store.transact((writer) => writer.renameFirstAlias(accountId, two, 'c', 3))
      t.equal(await first(two), 'c')
      t.equal(await store.keyByAlias(accountId, 'a'), undefined)
      await store.transact((writer) => writer.renameFirstAlias(accountId, one, 'b', 3))
      t.equal(await first(one), 'b', 'one of its own names may become the first')
      t.equal((await store.listAliases(accountId, one, { offset: 0, limit: 10 })).total, 1)
    })

    t.test('keys whose date has come', async (t) => {
      const { store } = await make(t)
      const id = await addKey(store)
      await store.transact((writer) => writer.setState(id, 'PendingDeletion', 1000))
      t.same(await store.dueKeys(999), [])
      t.same(await store.dueKeys(1000), [id])
      await store.transact((writer) => writer.markDestroying(id))
      t.same(await store.dueKeys(1000), [])
      t.match(await store.unsettledKeys(), [{ keyId: id, state: 'Destroying' }])
    })
  })
}
