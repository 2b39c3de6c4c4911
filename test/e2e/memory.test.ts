// A million operations leave the memory of the process tree bounded, though SoftHSM leaks at every one.
import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import t from 'tap'
import { bindingDigest } from '../../src/core/sealed.ts'
import { clusterId, makeToken, pids } from '../support/tokens.ts'

const operations = 1_000_000
const mebibyte = 1024 * 1024

function resident(pid: number | 'self'): number {
  try {
    return Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) * 1024
  } catch {
    return 0
  }
}

t.test('a million data keys', async (t) => {
  const token = await makeToken(t)
  const hsm = await token.open({ recycleOperations: 10_000_000, recycleMemory: 48 * mebibyte })
  const id = randomUUID()
  await hsm.createKey(clusterId, id, 'cmk/test/1')
  const binding = bindingDigest('data-key', id, {})
  const tree = () => resident('self') + pids(hsm).reduce((sum, pid) => sum + resident(pid), 0)
  const start = tree()
  let [done, peak] = [0, 0]
  const work = async () => {
    while (done < operations) {
      if (done++ % 5000 === 0) peak = Math.max(peak, tree())
      await hsm.generate(clusterId, id, 32, binding)
    }
  }
  await Promise.all(Array.from({ length: 64 }, work))
  const recycled = token.events.filter(({ event }) => event === 'recycling token process').length
  const figures = `start ${Math.round(start / mebibyte)} MiB, peak ${Math.round(peak / mebibyte)} MiB, ${recycled} recycled`
  t.comment(figures)
  t.ok(recycled > 0, 'processes were replaced as they grew')
  // Two processes at a swap, each of a fresh one's size and the allowance, and this process's own garbage.
  t.ok(peak < start + 400 * mebibyte, figures)
  t.notOk(
    token.events.some(({ event }) => event.includes('ended')),
    'none was lost',
  )
})
