// The audit log as it is written: groups, continuation over restarts and crashes, and a folder that cannot be written.
import { spawnSync } from 'node:child_process'
import {
  appendFileSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import type { Head } from '../../src/audit/chain.ts'
import { verifyLog } from '../../src/audit/verify.ts'
import { createNotary, openLog, record } from './log.ts'

const linkOf = (fd: string) => {
  try {
    return readlinkSync(`/proc/self/fd/${fd}`)
  } catch {
    return ''
  }
}

const lines = (folder: string) =>
  readdirSync(folder)
    .sort()
    .flatMap((file) => readFileSync(join(folder, file), 'utf8').trimEnd().split('\n'))
    .map((line) => JSON.parse(line))

t.test('many records at once, in order, each on disk when its promise resolves', async (t) => {
  const folder = join(t.testdir(), 'audit')
  const notary = createNotary()
  const trail = await openLog(folder, notary)
  const requests = Array.from({ length: 500 }, (_, index) => `r${index}`)
  await Promise.all(requests.map((requestId) => trail.append(record({ requestId }))))
  t.same(
    lines(folder)
      .filter(({ type }) => type === 'call')
      .map(({ requestId }) => requestId),
    requests,
  )
  await trail.close()
  t.equal(lines(folder).at(-1).type, 'close')
  t.same(verifyLog({ folder, ...notary }), { ok: true, records: 500 })
})

t.test('the chain goes on over a restart, a crash, and a line that was cut short', async (t) => {
  const folder = join(t.testdir(), 'audit')
  const notary = createNotary()
  const first = await openLog(folder, notary, { segmentSize: 2000 })
  for (let count = 0; count < 20; count++) await first.append(record())
  await first.close()
  const second = await openLog(folder, notary, { segmentSize: 2000 })
  t.teardown(() => second.release())
  await second.append(record())
  await second.signHead()
  // It is not closed: the process is gone. What it was writing was never acknowledged.
  const [last = ''] = readdirSync(folder).sort().slice(-1)
  appendFileSync(join(folder, last), '{"seq":99,"prev":"half a li')
  t.same(verifyLog({ folder, ...notary }), { ok: true, records: 21 }, 'a crash is no tampering')
  const third = await openLog(folder, notary, { segmentSize: 2000 })
  await third.append(record())
  await third.close()
  t.match(
    lines(folder).find(({ type }) => type === 'recovered'),
    { dropped: 27 },
  )
  t.same(verifyLog({ folder, ...notary }), { ok: true, records: 22 })
})

t.test('heads: none without news, and a token that is away is no reason to stop', async (t) => {
  const folder = join(t.testdir(), 'audit')
  const notary = createNotary()
  const events: string[] = []
  const trail = await openLog(folder, notary, {}, events)
  await trail.append(record())
  await trail.signHead()
  await trail.signHead()
  t.equal(lines(folder).filter(({ type }) => type === 'head').length, 1)
  const { sign } = notary
  Object.assign(notary, { sign: () => Promise.reject(new Error('away')) })
  await trail.append(record())
  await trail.signHead()
  t.same(events, ['the audit log could not be signed'])
  Object.assign(notary, { sign })
  await trail.close()
  t.ok(verifyLog({ folder, ...notary }).ok)
})

t.test('a crash before the first line of a segment leaves nothing that the next start minds', async (t) => {
  for (const rest of ['', '{"seq":1,"prev":"half a li']) {
    const folder = join(t.testdir(), 'audit')
    const notary = createNotary()
    const first = await openLog(folder, notary)
    await first.append(record())
    await first.close()
    writeFileSync(join(folder, 'main.000002.jsonl'), rest)
    const second = await openLog(folder, notary)
    await second.append(record())
    await second.close()
    t.same(verifyLog({ folder, ...notary }), { ok: true, records: 2 })
  }
})

t.test('a head that the token is still signing does not open a closed log', async (t) => {
  const folder = join(t.testdir(), 'audit')
  const notary = createNotary()
  const { sign } = notary
  const slow = async (head: Head) => {
    await new Promise((resolve) => setTimeout(resolve, 50))
    return sign(head)
  }
  Object.assign(notary, { sign: slow })
  const trail = await openLog(folder, notary)
  await trail.append(record())
  const signing = [trail.signHead(), trail.signHead()]
  await trail.close()
  const types = lines(folder).map(({ type }) => type)
  t.same(types, ['open', 'call', 'head'])
  await Promise.all(signing)
  t.same(lines(folder).length, types.length, 'nothing came after the end')
  t.notOk(
    readdirSync('/proc/self/fd').some((fd) => linkOf(fd).startsWith(folder)),
    'no file of it is open',
  )
})

for (const segmentSize of [1024 * 1024, 2000])
  t.test(
    `a full disk, segments of ${segmentSize}: nothing passes, all resumes when there is room`,
    async (t) => {
      const folder = mkdtempSync(join(tmpdir(), 'p11kms-disk-'))
      const mounted =
        spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=256k', 'p11kms-test', folder]).status === 0
      if (!mounted) {
        t.pass('no file system can be mounted here')
        return
      }
      t.teardown(() => {
        spawnSync('umount', ['-l', folder])
        rmSync(folder, { recursive: true, force: true })
      })
      const audit = join(folder, 'audit')
      const notary = createNotary()
      const events: string[] = []
      const trail = await openLog(audit, notary, { segmentSize }, events)
      let kept = 0
      await t.rejects(
        (async () => {
          for (;;) {
            trail.requireWritable()
            await trail.append(record({ action: 'x'.repeat(1000) }))
            kept++
          }
        })(),
        { code: 'internal' },
      )
      t.ok(kept > 10)
      t.equal(trail.problem, 'ENOSPC')
      t.throws(() => trail.requireWritable(), { code: 'internal' })
      t.equal(verifyLog({ folder: audit }).records, kept, 'exactly what was acknowledged is there')
      spawnSync('mount', ['-o', 'remount,size=1m', folder])
      const end = Date.now() + 10_000
      const writable = () => {
        try {
          trail.requireWritable()
          return true
        } catch {
          return false
        }
      }
      while (!writable() && Date.now() < end) await new Promise((resolve) => setTimeout(resolve, 20))
      await trail.append(record())
      t.equal(trail.problem, undefined)
      await trail.close()
      t.same(verifyLog({ folder: audit, ...notary }), { ok: true, records: kept + 1 })
      t.ok(events.includes('the audit log cannot be written'))
    },
  )

t.test('a folder that cannot be used is said at once', async (t) => {
  const folder = join(t.testdir(), 'file')
  writeFileSync(folder, '')
  await t.rejects(openLog(folder, createNotary()), { code: 'EEXIST' })
  rmSync(folder)
  const trail = await openLog(folder, createNotary())
  t.teardown(() => trail.release())
  await trail.append(record())
  truncateSync(join(folder, 'main.000001.jsonl'), 10)
  t.notOk(verifyLog({ folder }).ok)
})
