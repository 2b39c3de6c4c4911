// The store on PostgreSQL: starters that race, writers that take turns, servers and networks that go away and come back.
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { type OpenStore, openStore } from '../../src/store/store.ts'
import { makeCertificates } from '../support/certificates.ts'
import { freePort } from '../support/free-port.ts'
import { accountId, addAccount, addKey, intendedKey, isKept } from '../support/keys.ts'
import { startTlsPostgres, testPostgres, withoutPostgres } from '../support/postgres.ts'
import { makeProxy } from '../support/proxy.ts'
import { eventually } from '../support/until.ts'

const page = { offset: 0, limit: 10 }

async function open(t: Test, url: string, password?: string): Promise<OpenStore> {
  const store = await openStore(url, { password })
  t.teardown(() => store.close())
  return store
}

t.test('on PostgreSQL', { skip: withoutPostgres }, async (t) => {
  const postgres = testPostgres()

  t.test('of several starters that race, one makes the schema', async (t) => {
    const url = postgres.makeDatabase()
    const stores = await Promise.all(Array.from({ length: 8 }, () => open(t, url)))
    await Promise.all(stores.map((store) => store.ping()))
    t.equal(postgres.query(url, "select count(*) from kysely_migration where name like '001%'"), '1')
  })

  t.test('writers of several nodes take turns: none reads what another is about to change', async (t) => {
    const url = postgres.makeDatabase()
    const nodes = [await open(t, url), await open(t, url)]
    await addAccount(nodes[0] as OpenStore)
    const quota = 5
    const attempt = (store: OpenStore) =>
      store.transact<number>(async (writer) => {
        if ((await writer.countKeys(accountId)) >= quota) return 0
        await writer.insertIntent({ key: intendedKey() })
        return 1
      })
    const made = await Promise.all(
      Array.from({ length: 40 }, (_, index) => attempt(nodes[index % 2] as OpenStore)),
    )
    t.equal(
      made.reduce((sum, one) => sum + one, 0),
      quota,
    )
    t.equal(await nodes[1]?.countKeys(accountId), quota)
  })

  t.test('work that one node is at is not done by another', async (t) => {
    const url = postgres.makeDatabase()
    const [one, two] = [await open(t, url), await open(t, url)]
    let inner = true
    t.equal(
      await one.exclusively(async () => {
        inner = await two.exclusively(async () => void t.fail('both at once'))
      }),
      true,
    )
    t.equal(inner, false)
    await t.rejects(
      one.exclusively(() => Promise.reject(new Error('stop'))),
      /stop/,
    )
    t.equal(await two.exclusively(async () => {}), true, 'free again, whatever came of it')
  })

  t.test('who starts is told whether others serve, and those who start meanwhile wait', async (t) => {
    const url = postgres.makeDatabase()
    const seen: string[] = []
    const [one, two] = [await open(t, url), await open(t, url)]
    let second: Promise<void> | undefined
    await one.join(async () => {
      second = two.join(async () => void seen.push('two')).then(() => void seen.push('joined'))
      await new Promise((resolve) => setTimeout(resolve, 300))
      seen.push('one')
    })
    await second
    t.same(seen, ['one', 'joined'])
    await Promise.all([one.close(), two.close()])
    const three = await open(t, url)
    await three.join(async () => void seen.push('three'))
    t.same(seen, ['one', 'joined', 'three'], 'the others are gone')
  })

  t.test('uses of access keys that one node notes leave the rows of the others in memory', async (t) => {
    const url = postgres.makeDatabase()
    const [one, two] = [await open(t, url), await open(t, url)]
    await addAccount(one)
    const id = await addKey(one)
    await two.join(async () => {})
    await eventually(() => isKept(two, id), 'a row kept in memory')
    const kept = await two.key(id)
    await one.noteUses([['a', 1]])
    await new Promise((resolve) => setTimeout(resolve, 300))
    t.equal(await two.key(id), kept)
    await one.transact((writer) => writer.setDescription(id, 'another'))
    await eventually(async () => (await two.key(id))?.description === 'another', 'the change')
  })

  t.test('without a listener nothing is kept in memory', async (t) => {
    const url = postgres.makeDatabase()
    const store = await open(t, url)
    await addAccount(store)
    const id = await addKey(store)
    t.equal(await isKept(store, id), false)
  })

  t.test('a listener that hears nothing more is noticed, though its connection stays open', async (t) => {
    const url = postgres.makeDatabase()
    const proxy = await makeProxy(t, postgres, url)
    const [store, other] = [await open(t, proxy.url), await open(t, url)]
    await store.join(async () => {})
    await addAccount(other)
    const id = await addKey(other)
    await eventually(() => isKept(store, id), 'rows kept in memory')
    proxy.silence('listeners')
    await other.transact((writer) => writer.setState(id, 'Disabled', null))
    await new Promise((resolve) => setTimeout(resolve, 1000))
    t.equal((await store.key(id))?.state, 'Disabled', 'a second after the acknowledgement at the latest')
    t.equal(await isKept(store, id), false)
    proxy.heal()
    await eventually(() => isKept(store, id), 'a new listener')
    await other.transact((writer) => writer.setState(id, 'Enabled', null))
    await new Promise((resolve) => setTimeout(resolve, 1000))
    t.equal((await store.key(id))?.state, 'Enabled')
  })

  t.test('a server that goes away and comes back: errors meanwhile, and all goes on', async (t) => {
    const url = postgres.makeDatabase()
    const events: string[] = []
    const store = await openStore(url, { onEvent: (event) => events.push(event) })
    t.teardown(() => store.close())
    await store.join(async () => {})
    await addAccount(store)
    for (const signal of ['SIGINT', 'SIGQUIT'] as const) {
      const id = await addKey(store)
      const reads = Array.from({ length: 6 }, () =>
        store.listKeys({ accountId }, page).catch(() => undefined),
      )
      await postgres.stop(signal)
      await Promise.all(reads)
      await t.rejects(store.ping(), { code: 'unavailable', facts: { detail: /^store: / } })
      await t.rejects(addKey(store), { code: 'unavailable' })
      await t.rejects(
        store.exclusively(async () => {}),
        { code: 'unavailable' },
      )
      await eventually(async () => events.at(-1)?.includes('does not answer') === true, 'the event')
      postgres.start()
      await store.ping()
      t.equal((await store.key(id))?.id, id, 'nothing acknowledged is lost')
      await addKey(store)
      await eventually(async () => events.at(-1) === 'the database is back', 'the listener')
    }
  })

  t.test('a network that swallows everything is an error too, in time', async (t) => {
    const url = postgres.makeDatabase()
    const proxy = await makeProxy(t, postgres, url)
    const store = await open(t, proxy.url)
    await addAccount(store)
    await store.ping()
    proxy.silence('all')
    await Promise.all([
      t.rejects(store.ping(), { code: 'unavailable' }),
      t.rejects(addKey(store), { code: 'unavailable' }),
    ])
    proxy.heal()
    await store.ping()
    await addKey(store)
    t.equal(await store.countKeys(accountId), 1)
  })

  t.test('a process that dies in a transaction holds nobody up, and nothing of it is kept', async (t) => {
    const url = postgres.makeDatabase()
    const [one, two] = [await open(t, url), await open(t, url)]
    await addAccount(one)
    const id = await addKey(one)
    const pids = () =>
      postgres.query(url, "select pid from pg_stat_activity where state = 'idle in transaction'")
    const cut = one.transact(async (writer) => {
      await writer.setDescription(id, 'half')
      const pid = pids()
      postgres.query(url, `select pg_terminate_backend(${pid})`)
      await writer.setDescription(id, 'whole')
    })
    await t.rejects(cut, { code: 'unavailable' })
    await two.transact((writer) => writer.setState(id, 'Disabled', null))
    t.match(await two.key(id), { description: '', state: 'Disabled' })
  })

  t.test('rows go from SQLite to PostgreSQL and back, and numbers go on', async (t) => {
    const sqlite = await open(t, `sqlite:${join(t.testdir(), 'a.db')}`)
    await addAccount(sqlite)
    const ids = [await addKey(sqlite), await addKey(sqlite)]
    await sqlite.transact((writer) => writer.setSetting('x', '1'))
    const file = join(t.testdirName, 'copy.db')
    await sqlite.copyTo(file)
    const store = await open(t, postgres.makeDatabase())
    await store.fillFrom(file)
    ids.push(await addKey(store))
    const listed = (await store.listKeys({ accountId, order: 'oldest-first' }, page)).rows
    t.same(
      listed.map(({ id }) => id),
      ids,
    )
    t.equal(await store.setting('x'), '1')
    const back = join(t.testdirName, 'back.db')
    await store.copyTo(back)
    const again = await open(t, `sqlite:${join(t.testdirName, 'b.db')}`)
    await again.fillFrom(back)
    t.same((await again.listKeys({ accountId, order: 'oldest-first' }, page)).rows, listed)
    await t.rejects(store.fillFrom(back), /is not empty/)
  })

  t.test('by TLS: a server whose certificate is of the CA and for the address, and no other', async (t) => {
    const [folder, port] = [t.testdir(), await freePort()]
    const [right, wrong] = [makeCertificates(folder, 'right'), makeCertificates(folder, 'wrong')]
    const secure = startTlsPostgres(port, right)
    const local = secure.makeDatabase()
    const urlBy = (host: string, query: string) => {
      const url = new URL(local)
      return `postgres://${url.username}:${url.password}@${host}:${port}${url.pathname}?${query}`
    }
    const verified = (ca: string) => `sslmode=verify-full&sslrootcert=${ca}`
    const store = await open(t, urlBy('127.0.0.1', verified(right.ca)))
    await addAccount(store)
    const sessions = "from pg_stat_ssl join pg_stat_activity using (pid) where application_name = 'p11kms'"
    t.match(secure.query(local, `select count(*) ${sessions} and ssl`), /^[1-9]/)
    t.equal(secure.query(local, `select count(*) ${sessions} and not ssl`), '0', 'the listener, too')
    for (const [host, ca, reason] of [
      ['127.0.0.1', wrong.ca, /certificate|CERT|SIGNATURE/],
      ['localhost', right.ca, /ALTNAME/],
    ] as const) {
      const error = await openStore(urlBy(host, verified(ca))).then(
        () => 'opened',
        ({ message }: Error) => message,
      )
      t.match(error, reason)
      t.notMatch(error, secure.password)
    }
  })

  t.test('what cannot be opened is said, and never with a password', async (t) => {
    const url = postgres.makeDatabase()
    const { folder, password } = postgres
    const refused = async (wrong: string, given: string | undefined, reason: RegExp) => {
      const error = await openStore(wrong, { password: given }).then(
        () => new Error('opened'),
        (thrown: Error) => thrown,
      )
      t.match(error.message, reason)
      for (const secret of [password, 'not-the-password']) t.notMatch(error.message, secret)
    }
    await refused(url.replace(password, 'not-the-password'), undefined, /password authentication failed/)
    await refused(url, 'not-the-password', /password authentication failed/)
    await refused(url.replace(/test_\w+/, 'none'), undefined, /database "none" does not exist/)
    await refused(
      `postgres://x:${password}@127.0.0.1:1/y`,
      undefined,
      /y on 127\.0\.0\.1:1 cannot be used: ECONNREFUSED/,
    )
    await refused(`postgres://x:${password}@/y?host=${folder}/none`, undefined, /ENOENT/)
    await refused(`postgres://x:${password}@a b:c/y`, undefined, /is not a PostgreSQL URL/)
    await refused(
      `postgres://x:${password}@a/y?sslrootcert=${folder}/none`,
      undefined,
      /names .*none, which cannot be read/,
    )
    const without = await open(t, url.replace(`:${password}`, ''), password)
    await without.ping()
  })
})
