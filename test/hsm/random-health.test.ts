// Health tests of random bytes: sound ones always pass, broken generators never do.
import { randomBytes } from 'node:crypto'
import t from 'tap'
import { RandomHealth, startUpLength } from '../../src/hsm/random-health.ts'

t.test('sound bytes pass, whatever the lengths they come in', async (t) => {
  const health = new RandomHealth()
  for (let round = 0; round < 2000; round++) {
    if (!health.check(randomBytes(1 + (round % 1024)))) t.fail('a false alarm')
  }
  t.ok(health.check(randomBytes(startUpLength)))
})

t.test('broken generators fail', async (t) => {
  const broken: Record<string, () => Buffer> = {
    'one byte for ever': () => Buffer.alloc(startUpLength, 0x5a),
    zeros: () => Buffer.alloc(startUpLength),
    'two bytes in turn': () => Buffer.from('ab'.repeat(startUpLength / 2)),
    'a short period': () => Buffer.concat(Array.from({ length: 256 }, () => Buffer.from('0123456789abcdef'))),
    'four bits of eight': () => Buffer.from(randomBytes(startUpLength).map((byte) => byte & 0x0f)),
    'mostly one value': () =>
      Buffer.from(randomBytes(startUpLength).map((byte, index) => (index % 8 === 0 ? 7 : byte))),
  }
  for (const [name, make] of Object.entries(broken)) t.notOk(new RandomHealth().check(make()), name)
})

t.test('a repetition is found across calls', async (t) => {
  const health = new RandomHealth()
  t.ok(health.check(Buffer.alloc(8, 1)))
  t.notOk(health.check(Buffer.alloc(1, 1)))
})
