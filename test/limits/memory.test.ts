// The limiter in memory: as many as the rate in a second, each subject for itself.
import { setTimeout } from 'node:timers/promises'
import t from 'tap'
import { createMemoryLimiter } from '../../src/limits/memory.ts'

t.test('lets in the rate, says how long to wait, and lets in again', async (t) => {
  const limiter = createMemoryLimiter()
  const ask = async (subject: string, rate: number, count: number) =>
    Promise.all(Array.from({ length: count }, () => limiter.take(subject, rate)))
  const waits = await ask('a', 10, 25)
  t.equal(waits.filter((wait) => wait === 0).length, 10)
  const refused = waits.filter((wait) => wait > 0)
  t.equal(refused.length, 15)
  for (const wait of refused) t.ok(wait >= 1 && wait <= 1000)
  t.equal((await ask('b', 10, 10)).filter((wait) => wait === 0).length, 10, 'another subject')
  t.equal((await ask('c', 3, 10)).filter((wait) => wait === 0).length, 3, 'another rate')
  t.equal((await ask('c', 5, 10)).filter((wait) => wait === 0).length, 0, 'one count whatever the rate')
  await setTimeout(Math.max(...refused) + 50)
  t.equal((await ask('a', 10, 25)).filter((wait) => wait === 0).length, 10)
})
