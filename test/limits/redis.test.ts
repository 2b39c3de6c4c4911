// Limits in Redis: shared by everybody who names it, kept by each alone while it is away.
import t, { type Test } from 'tap'
import { createReplayGuard } from '../../src/core/replay-guard.ts'
import { createMemoryLimiter } from '../../src/limits/memory.ts'
import { createRedisLimits } from '../../src/limits/redis.ts'
import { redisMissing, startRedis } from '../support/redis.ts'
import { eventually } from '../support/until.ts'

const skip = redisMissing()
const lifetime = 60_000

async function openNode(t: Test, url: string) {
  const said: (string | undefined)[] = []
  const own = { limiter: createMemoryLimiter(), replay: createReplayGuard(Date.now) }
  const limits = await createRedisLimits(url, own, (problem) => said.push(problem))
  t.teardown(() => limits.close())
  return Object.assign(limits, { said })
}

t.test('two nodes have one count and one memory', { skip }, async (t) => {
  const redis = await startRedis(t)
  const [a, b] = await Promise.all([openNode(t, redis.url), openNode(t, redis.url)])
  const started = performance.now()
  const waits = await Promise.all(
    Array.from({ length: 40 }, (_, n) => (n % 2 === 0 ? a : b).limiter.take('s', 6)),
  )
  const windows = Math.ceil((performance.now() - started) / 1000)
  const taken = waits.filter((wait) => wait === 0).length
  t.ok(taken >= 6 && taken <= 6 * windows, `${taken} in ${windows} s`)
  t.ok(waits.every((wait) => wait >= 0 && wait <= 1000))
  t.equal(await a.replay.first('x', lifetime), true)
  t.equal(await b.replay.first('x', lifetime), false)
  t.equal(await a.replay.first('x', lifetime), false)
  t.equal(await b.replay.first('short', 1), true)
  t.ok(await eventually(() => b.replay.first('short', 1)), 'a lifetime ends')
  t.match([a.problem, b.problem, a.said, b.said], [undefined, undefined, [], []])
})

t.test(
  'Redis away, silent and back: nobody waits, it is said once, and all is shared again',
  { skip },
  async (t) => {
    const redis = await startRedis(t)
    const [a, b] = await Promise.all([openNode(t, redis.url), openNode(t, redis.url)])
    t.equal(await a.replay.first('before', lifetime), true)
    for (const [round, away] of [redis.stop, async () => redis.freeze()].entries()) {
      await away()
      const values = Array.from({ length: 20 }, (_, n) => `${round}/${n}`)
      t.same(
        await Promise.all(values.map((value) => a.replay.first(value, lifetime))),
        values.map(() => true),
      )
      t.equal(await a.replay.first(`${round}/0`, lifetime), false, 'each remembers its own')
      t.equal(await a.replay.first('before', lifetime), false, 'and what it saw before')
      t.equal(await b.replay.first(`${round}/0`, lifetime), true, 'not the other’s')
      const waits = await Promise.all([a, a, a, b].map(({ limiter }) => limiter.take(`r${round}`, 2)))
      t.same(
        waits.map((wait) => wait > 0),
        [false, false, true, false],
      )
      t.ok(a.problem)
      t.equal(a.said.length, 2 * round + 1)
      await redis.start()
      t.ok(await eventually(() => a.problem === undefined && b.problem === undefined))
      t.equal(await a.replay.first(`after ${round}`, lifetime), true)
      t.equal(await b.replay.first(`after ${round}`, lifetime), false)
      t.equal(a.said.length, 2 * round + 2)
    }
  },
)

t.test('a wrong password, and nobody there: said at once, without the password', { skip }, async (t) => {
  const redis = await startRedis(t)
  const wrong = redis.url.replace(redis.password, 'hunter2hunter2')
  await redis.start()
  for (const url of [wrong, 'redis://:hunter2hunter2@127.0.0.1:1']) {
    const node = await openNode(t, url)
    t.ok(node.problem)
    t.notMatch(JSON.stringify(node.said), /hunter2/)
    t.equal(await node.replay.first('x', lifetime), true)
    t.equal(await node.limiter.take('s', 1), 0)
  }
})
