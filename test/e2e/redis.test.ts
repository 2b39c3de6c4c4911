// Two nodes with a Redis between them: limits and nonces are one, with it gone each goes on, with it back they are one again.
import { cpSync } from 'node:fs'
import t from 'tap'
import { editConfig } from '../../src/config.ts'
import { alibabaRequest, send, tencentRequest } from '../support/raw.ts'
import { redisMissing, startRedis } from '../support/redis.ts'
import { makeHome } from '../support/server.ts'
import { eventually } from '../support/until.ts'

const rate = 5

t.test('two nodes and a Redis', { skip: redisMissing() }, async (t) => {
  const redis = await startRedis(t)
  const one = makeHome(t, { P11KMS_LIMITS_URL: redis.url, P11KMS_NODE: 'one' })
  const { P11KMS_STORE_URL } = one.env
  const other = makeHome(t, { P11KMS_LIMITS_URL: redis.url, P11KMS_STORE_URL, P11KMS_NODE: 'other' })
  await one.run('init')
  editConfig(one.home, ['limits', 'rates'], { tencent: { ListKeys: rate } })
  cpSync(one.home, other.home, { recursive: true })
  const nodes = [await one.serve({ P11KMS_WORKERS: '2' }), await other.serve()] as const
  const credentials = one.credentials()
  const limited = async () => {
    const started = performance.now()
    const bodies = await Promise.all(
      Array.from({ length: 40 }, async (_, n) => {
        const { method, path, headers, body } = tencentRequest(credentials, 'ListKeys', {})
        return (await send(nodes[n % 2 === 0 ? 0 : 1].host, { method, path, headers, body })).body
      }),
    )
    const windows = Math.ceil((performance.now() - started) / 1000)
    const listed = bodies.filter((body) => body.includes('"Keys"')).length
    t.equal(bodies.filter((body) => body.includes('RequestLimitExceeded')).length, 40 - listed)
    return { listed, windows }
  }
  const replayed = async () => {
    const request = alibabaRequest(credentials, 'ListKeys', {})
    const statuses: number[] = []
    for (const { host } of nodes) statuses.push((await send(host, request)).status)
    return statuses
  }
  const limits = async () =>
    Promise.all(
      nodes.map(async ({ host }) => {
        const { status, body } = await send(host, { path: '/readyz' })
        return { status, ...JSON.parse(body).limits }
      }),
    )
  const shared = await limited()
  t.ok(shared.listed >= rate && shared.listed <= rate * shared.windows, JSON.stringify(shared))
  t.same(await replayed(), [200, 400])
  t.same(await limits(), [
    { status: 200, ready: true },
    { status: 200, ready: true },
  ])

  await redis.stop()
  t.ok(await eventually(async () => (await limits()).every(({ warning }) => warning !== undefined)))
  t.match(await limits(), [
    { status: 200, ready: true, warning: String },
    { status: 200, ready: true, warning: String },
  ])
  const apart = await limited()
  t.ok(apart.listed >= 2 * rate && apart.listed <= 2 * rate * apart.windows, JSON.stringify(apart))
  t.same(await replayed(), [200, 200])

  await redis.start()
  t.ok(await eventually(async () => (await limits()).every(({ warning }) => warning === undefined)))
  t.same(await replayed(), [200, 400])
  const again = await limited()
  t.ok(again.listed >= rate && again.listed <= rate * again.windows, JSON.stringify(again))
  for (const [index, processes] of [2, 1].entries()) {
    const output = nodes[index]?.output ?? []
    t.equal(
      output.filter((line) => line.includes('limits are not shared')).length,
      processes,
      'once a process',
    )
    t.notMatch(output.join('\n'), redis.password)
  }
  for (const node of nodes) t.equal(await node.stop(), 0)
  for (const home of [one, other]) {
    t.match(JSON.parse((await home.run('audit', 'verify', '--json')).stdout), { ok: true })
  }
})
