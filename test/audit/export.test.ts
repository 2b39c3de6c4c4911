// The log as it is given out: the chains of several processes woven together, and only what is new.
import { join } from 'node:path'
import t from 'tap'
import { exportCalls } from '../../src/audit/export.ts'
import type { AuditRecord } from '../../src/core/audit.ts'
import { createNotary, openLog, record } from './log.ts'

t.test('chains are woven together by time, and what was seen is not given again', async (t) => {
  const folder = join(t.testdir(), 'audit')
  const notary = createNotary()
  const [one, two] = [
    await openLog(folder, notary, { chain: 'n-1', segmentSize: 1000 }),
    await openLog(folder, notary, { chain: 'n-2' }),
  ]
  const times = [5, 1, 4, 2, 9, 3, 8, 7, 6]
  for (const time of times.toSorted()) await (time % 3 === 0 ? one : two).append(record({ time }))
  const seen = new Map<string, number>()
  const read = async () => {
    const found: number[] = []
    for await (const call of exportCalls(folder, 'json', seen)) found.push((call as AuditRecord).time)
    return found
  }
  t.same(await read(), [1, 2, 3, 4, 5, 6, 7, 8, 9])
  t.same(await read(), [])
  await two.append(record({ time: 4 }))
  await one.append(record({ time: 11 }))
  t.same(await read(), [4, 11])
  await one.close()
  await two.close()
})
