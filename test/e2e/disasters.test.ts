// Two nodes on one PostgreSQL and one Redis, each lost for ten seconds under load: clients that try the other node see
// nothing of it, no acknowledged write is lost, every blob opens, a disabled key is refused everywhere within a second.
import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { editConfig } from '../../src/config.ts'
import { codeOf, createFailover, type Expected, Ledger } from '../support/failover.ts'
import { freePort } from '../support/free-port.ts'
import { makeNodes } from '../support/nodes.ts'
import { withoutPostgres } from '../support/postgres.ts'
import { redisMissing, startRedis } from '../support/redis.ts'
import { type Call, popCore, type Reply, tencentSdk } from '../support/sdks.ts'
import { eventually } from '../support/until.ts'

const second = 1000
const away = 10 * second
/** Milliseconds between a client's requests: what they make is all looked at afterwards. */
const pause = 20
const disabled = 'ResourceUnavailable.CmkDisabled'
const temporary = [
  'InternalError',
  'UnsupportedOperation.ServiceTemporaryUnavailable',
  'ServiceUnavailableTemporary',
]
/** What a client hears that was in the middle of a request, or asks where nobody is. */
const unreachable = /ECONNREFUSED|ECONNRESET|EPIPE|socket hang up|Premature close/
/** A rate that nobody reaches, so that every request is counted. */
const plenty = { GenerateDataKey: 1_000_000, CreateKey: 1_000_000, DisableKey: 1_000_000 }

interface Blob {
  readonly dialect: 'tencent' | 'alibaba'
  readonly reply: Reply
  readonly node: 0 | 1
}

/** Does something with each, a few at a time. */
async function each<Item>(items: readonly Item[], run: (item: Item, index: number) => Promise<void>) {
  const waiting = items.entries()
  const work = async () => {
    for (const [index, item] of waiting) await run(item, index)
  }
  await Promise.all(Array.from({ length: 8 }, work))
}

t.test('two nodes', { skip: withoutPostgres || redisMissing() }, async (t) => {
  const redis = await startRedis(t)
  const { postgres, homes } = await makeNodes(t, { P11KMS_LIMITS_URL: redis.url, P11KMS_WORKERS: '2' })
  const ports = [await freePort(), await freePort()]
  const start = (node: 0 | 1) => homes[node].serve({ P11KMS_PORT: String(ports[node]) })
  for (const { home } of homes) editConfig(home, ['limits', 'rates'], { tencent: plenty, alibaba: plenty })
  // The token has no pair for the audit log yet: one of the two makes it, or each one of its own.
  const servers = await Promise.all([start(0), start(1)])
  const credentials = homes.map((home) => home.credentials())
  const { keyId: KeyId = '' } = homes[0].credentials()
  const calls = {
    tencent: credentials.map((own) => tencentSdk(own)) as [Call, Call],
    alibaba: credentials.map((own) => popCore(own)) as [Call, Call],
  }
  const clients = { tencent: createFailover(calls.tencent), alibaba: createFailover(calls.alibaba) }
  const { ask } = clients.tencent

  const blobs: Blob[] = []
  const ledger = new Ledger()
  let ended = false
  /** Runs a client's requests one after the other; what fails is counted already. */
  const repeat = async (run: (first: 0 | 1) => Promise<unknown>, own: number) => {
    for (let count = own; !ended; count++) {
      await run(count % 2 === 0 ? 0 : 1).catch(() => undefined)
      await sleep(pause)
    }
  }
  const seal = (dialect: Blob['dialect']) => async (first: 0 | 1) => {
    const answer = await clients[dialect].ask(first, 'GenerateDataKey', { KeyId, KeySpec: 'AES_256' })
    blobs.push({ dialect, ...answer })
  }
  const create = async (first: 0 | 1) => {
    const Alias = `k-${randomBytes(6).toString('hex')}`
    // The name of a creation that was cut off is not free at once.
    const other = `${Alias}-again`
    const { reply, node } = await ask(first, 'CreateKey', { Alias }, { Alias: other })
    const keyId = String(reply.KeyId)
    ledger.created(keyId, node === first ? Alias : other)
    const write = (action: string, input: object) => () => ask(first, action, { KeyId: keyId, ...input })
    const renamed = `${Alias}-renamed`
    await ledger.change(keyId, 'aliases', renamed, write('UpdateAlias', { Alias: renamed }))
    await ledger.change(keyId, 'states', 'Disabled', write('DisableKey', {}))
  }
  /** What nodes still said of a key's old state a second after it had changed. */
  const stale: string[] = []
  let looks = 0
  const switched = String((await calls.tencent[0]('CreateKey', { Alias: 'switched' })).KeyId)
  ledger.created(switched, 'switched')
  const look = async (wanted: 'works' | typeof disabled) => {
    await Promise.all(
      calls.tencent.map(async (call, node) => {
        const said = await call('GenerateDataKey', { KeyId: switched, NumberOfBytes: 8 }).then(
          () => 'works',
          codeOf,
        )
        if (said === wanted) looks++
        else if (!temporary.includes(said) && !unreachable.test(said)) stale.push(`${node}: ${said}`)
      }),
    )
  }
  const createFor = async (milliseconds: number, first: 0 | 1) => {
    for (const end = Date.now() + milliseconds; Date.now() < end; await sleep(pause))
      await create(first).catch(() => undefined)
  }
  // Between a change and the look at it nobody writes: a process that writes forgets what it remembers, and would
  // have known of the change for that reason alone.
  const change = async (first: 0 | 1) => {
    for (const [action, state, wanted] of [
      ['DisableKey', 'Disabled', disabled],
      ['EnableKey', 'Enabled', 'works'],
    ] as const) {
      await Promise.all([createFor(second / 2, 0), createFor(second / 2, 1)])
      await ledger.change(switched, 'states', state, () => ask(first, action, { KeyId: switched }))
      await sleep(second)
      await look(wanted)
    }
  }
  // Every process remembers the key that is switched.
  const remember = (node: 0 | 1) =>
    calls.tencent[node]('GenerateDataKey', { KeyId: switched, NumberOfBytes: 8 })
  const loads = [
    ...[seal('tencent'), seal('tencent'), seal('tencent'), seal('alibaba')],
    ...[remember, remember, change],
  ].map(repeat)

  /** Lets something happen under load; what clients saw until both nodes are ready again and for a second after. */
  const disaster = async (t: Test, happen: () => Promise<void>) => {
    const before = looks
    const figures = [clients.tencent.watch(), clients.alibaba.watch()]
    await sleep(second)
    await happen()
    await eventually(ready, 'both nodes ready')
    await sleep(3 * second)
    const seen = figures.map(({ requests, retried, failed, longest }) => ({
      requests,
      retried,
      failed: Object.fromEntries(
        Object.entries(Object.groupBy(failed, String)).map(([code, of]) => [code, of?.length]),
      ),
      longest: Math.round(longest),
    }))
    t.comment(JSON.stringify({ seen, looks: looks - before }))
    t.ok(looks > before, 'states were looked at meanwhile')
    t.same(stale, [], 'no state was older than a second')
    return {
      failed: figures.flatMap(({ failed }) => failed),
      retried: figures.reduce((sum, { retried }) => sum + retried, 0),
    }
  }
  const health = () =>
    Promise.all(
      servers.map(async ({ url }) => {
        const response = await fetch(`${url}/readyz`)
        return { status: response.status, ...((await response.json()) as { limits: { warning?: string } }) }
      }),
    )
  const ready = async () =>
    (await health()).every(({ status, limits }) => status === 200 && limits.warning === undefined)

  await t.test('a node is killed with all its processes, and comes back', async (t) => {
    const { failed, retried } = await disaster(t, async () => {
      await servers[0]?.crash()
      await sleep(away)
      servers[0] = await start(0)
    })
    t.same(failed, [], 'no request failed')
    t.ok(retried > 0, `${retried} found the other node`)
  })

  await t.test('PostgreSQL is stopped, and comes back', async (t) => {
    const { failed } = await disaster(t, async () => {
      await postgres.stop()
      await sleep(away)
      t.same(
        (await health()).map(({ status }) => status),
        [503, 503],
      )
      postgres.start()
    })
    t.ok(failed.length > 0, 'there were errors meanwhile')
    t.same(
      [...new Set(failed)].filter((code) => !temporary.includes(code)),
      [],
      'only such as clients may try again',
    )
    const { failed: after } = await disaster(t, async () => undefined)
    t.same(after, [], 'and none any more')
  })

  await t.test('Redis is killed, and comes back', async (t) => {
    const { failed, retried } = await disaster(t, async () => {
      await redis.stop()
      await sleep(away)
      for (const { status, limits } of await health())
        t.match({ status, limits }, { status: 200, limits: { warning: String } })
      await redis.start()
    })
    t.same({ failed, retried }, { failed: [], retried: 0 }, 'no request failed, not even once')
  })

  ended = true
  await Promise.all(loads)

  await t.test('afterwards all that was acknowledged is there on both', async (t) => {
    t.comment(`${ledger.keys.size} keys, ${ledger.writes} writes, ${blobs.length} blobs`)
    for (const call of calls.tencent) {
      const listed: Parameters<Ledger['differences']>[0][number][] = []
      for (let Offset = 0; ; Offset += 200) {
        const page = (await call('ListKeyDetail', { Offset, Limit: 200 })).KeyMetadatas as typeof listed
        listed.push(...page)
        if (page.length < 200) break
      }
      t.same(ledger.differences(listed), [])
    }
    const broken: string[] = []
    const enable = async ([keyId, { states }]: [string, Expected], index: number) => {
      const call = calls.tencent[index % 2 === 0 ? 0 : 1]
      if (states.includes('Disabled')) await call('EnableKey', { KeyId: keyId })
      await call('GenerateDataKey', { KeyId: keyId, NumberOfBytes: 8 }).catch(() => broken.push(keyId))
    }
    await each([...ledger.keys], enable)
    t.same(broken, [], 'every key works')
  })

  await t.test('every blob opens on the node that did not make it', async (t) => {
    let closed = 0
    await each(blobs, async ({ dialect, reply, node }) => {
      const { CiphertextBlob } = reply
      const opened = await calls[dialect][node === 0 ? 1 : 0]('Decrypt', { CiphertextBlob }).catch(() => null)
      if (opened?.Plaintext !== reply.Plaintext) closed++
    })
    t.equal(closed, 0, `of ${blobs.length}`)
  })

  await t.test('the audit logs hold', async (t) => {
    const [one, two] = homes.map(({ home }) => readFileSync(join(home, 'audit/public-key.pem'), 'utf8'))
    t.equal(one, two, 'one key signs for both')
    t.same(await Promise.all(servers.map((server) => server.stop())), [0, 0])
    for (const [node, home] of homes.entries()) {
      const verified = JSON.parse((await home.run('audit', 'verify', '--json')).stdout)
      t.match(verified, { ok: true })
      t.ok(verified.records >= blobs.filter((blob) => blob.node === node).length, `${verified.records} calls`)
    }
  })
})
