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
  const tokens = () => pids(hsm).reduce((sum, pid) => sum + resident(pid), 0)
  const fresh = { tokens: tokens(), own: resident('self') }
  const peak = { ...fresh }
  let done = 0
  const work = async () => {
    while (done < operations) {
      if (done++ % 5000 === 0) {
        peak.tokens = Math.max(peak.tokens, tokens())
        peak.own = Math.max(peak.own, resident('self'))
      }
      await hsm.generate(clusterId, id, 32, binding)
    }
  }
  await Promise.all(Array.from({ length: 64 }, work))
  const recycled = token.events.filter(({ event }) => event === 'recycling token process').length
  const megabytes = (bytes: number) => `${Math.round(bytes / mebibyte)} MiB`
  const range = (part: 'tokens' | 'own') =>
    `${megabytes(fresh[part])} fresh, ${megabytes(peak[part])} at most`
  const figures = `token processes ${range('tokens')}, ${recycled} recycled; this process ${range('own')}`
  t.comment(figures)
  t.ok(recycled > 1, 'processes were replaced as they grew')
  // At a swap two are alive, the old one with its allowance. Without recycling the leak alone would be 230 MiB.
  t.ok(peak.tokens < 2 * fresh.tokens + (48 + 64) * mebibyte, figures)
  // Garbage of this process's own, which is collected when it is worth it.
  t.ok(peak.own < fresh.own + 600 * mebibyte, figures)
  t.notOk(
    token.events.some(({ event }) => event.includes('ended')),
    'none was lost',
  )
})
