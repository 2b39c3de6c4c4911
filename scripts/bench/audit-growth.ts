// Growth of the audit log: a million lines, written, opened and verified.
import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { verifyLog } from '../../src/audit/verify.ts'
import type { AuditRecord } from '../../src/core/audit.ts'
import { createNotary, openLog, record, type TestNotary } from '../../test/audit/log.ts'
import type { Figure } from './figures.ts'
import type { Bench } from './part.ts'

const segmentSize = 64 * 1024 * 1024
const groupSize = 1000

export async function measureAuditGrowth(bench: Bench): Promise<readonly Figure[]> {
  const counts = bench.quick ? [1000, 2000] : [100_000, 1_000_000]
  const costs = []
  for (const count of counts) costs.push(await growTo(bench, count))
  const [few, many] = costs as [Cost, Cost]
  const lines = many.lines.toLocaleString('en')
  return [
    { id: 'audit-write', title: `audit: writing ${lines} lines`, value: many.write, unit: 'µs a line' },
    {
      id: 'audit-verify',
      title: `audit: verifying ${lines} lines`,
      value: many.verify,
      unit: 'µs a line',
      note: `${few.lines.toLocaleString('en')} lines: ${few.verify.toFixed(2)}`,
    },
    {
      id: 'audit-verify-growth',
      title: 'audit: verifying ten times the lines, per line',
      value: many.verify / few.verify,
      unit: '×',
      bar: { atMost: 1.2 },
    },
    {
      id: 'audit-open',
      title: `audit: opening a log of ${lines} lines`,
      value: many.open,
      unit: 'ms',
      bar: { atMost: 2000 },
      note: `${few.lines.toLocaleString('en')} lines: ${few.open.toFixed(0)} ms; at most one segment is read`,
    },
  ]
}

interface Cost {
  readonly lines: number
  /** Microseconds of CPU a line. */
  readonly write: number
  readonly verify: number
  /** Milliseconds of CPU. */
  readonly open: number
}

async function growTo({ say }: Bench, lines: number): Promise<Cost> {
  const folder = mkdtempSync(join(tmpdir(), 'p11kms-bench-audit-'))
  try {
    const notary = createNotary()
    say(`writing ${lines.toLocaleString('en')} audit lines`)
    const write = await cpu(() => fill(folder, notary, lines))
    const open = await cpu(async () => (await openLog(folder, notary, { segmentSize })).close())
    say(`verifying ${lines.toLocaleString('en')} audit lines`)
    const verify = await cpu(async () => {
      const found = verifyLog({ folder, publicKey: notary.publicKey, anchors: notary.anchors })
      if (!found.ok || found.records !== lines)
        throw new Error(`the log is not whole: ${JSON.stringify(found)}`)
    })
    return { lines, write: write / lines, verify: verify / lines, open: open / 1000 }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

async function fill(folder: string, notary: TestNotary, lines: number): Promise<void> {
  const trail = await openLog(folder, notary, { segmentSize })
  const written: AuditRecord = record({
    requestId: randomUUID(),
    keyId: randomUUID(),
    keyVersionId: randomUUID(),
    clusterId: 'cls-hsm-dev00001',
    context: {},
  })
  for (let done = 0; done < lines; done += groupSize) {
    await Promise.all(Array.from({ length: groupSize }, () => trail.append(written)))
    if (done % 100_000 === 0) await trail.signHead()
  }
  await trail.close()
}

/** Microseconds of CPU this process has spent on it. */
async function cpu(run: () => Promise<unknown>): Promise<number> {
  const before = process.cpuUsage()
  await run()
  const { user, system } = process.cpuUsage(before)
  return user + system
}
