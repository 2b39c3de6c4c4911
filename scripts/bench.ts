// `npm run bench`: measures the service against its floors and bars; a table, and JSON to compare runs by.
import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { cpus, release, totalmem } from 'node:os'
import { parseArgs } from 'node:util'
import { measureAuditGrowth } from './bench/audit-growth.ts'
import { type Group, holds, renderTable } from './bench/figures.ts'
import { measureGrowth } from './bench/growth.ts'
import { measureHotPath } from './bench/hot-path.ts'
import { measureLatency } from './bench/latency.ts'
import { measureOperations } from './bench/operations.ts'
import { type Part, runPart } from './bench/part.ts'
import { type Run, renderComparison } from './bench/run.ts'
import { measureSlowToken } from './bench/slow-token.ts'
import { measureSoak } from './bench/soak.ts'
import { measureWorkers } from './bench/workers.ts'

interface NamedPart {
  /** For --only; the first one and the title name the part in the results. */
  readonly names: readonly string[]
  readonly title: string
  readonly run: Part
}

const parts: readonly NamedPart[] = [
  { names: ['generate', 'floors'], title: 'A data key and its floors', run: measureHotPath },
  { names: ['operations'], title: 'Operations of each dialect', run: measureOperations },
  { names: ['workers'], title: 'Workers', run: measureWorkers },
  { names: ['latency'], title: 'Latency at half the saturated rate', run: measureLatency },
  { names: ['slow-token'], title: 'A slow token', run: measureSlowToken },
  { names: ['growth'], title: 'Growth of keys', run: measureGrowth },
  { names: ['audit'], title: 'Growth of the audit log', run: measureAuditGrowth },
  { names: ['soak'], title: 'Memory', run: measureSoak },
]

const usage = `npm run bench -- [--quick] [--only NAME[,NAME]] [--json FILE] [--compare FILE]
NAME: ${parts.flatMap(({ names }) => names).join(', ')}`

const options = readOptions()
const started = performance.now()
const groups: Group[] = []
for (const { names, title, run } of options.chosen) {
  try {
    const figures = await runPart(run, { quick: options.quick, say: (step) => tell(`${title}: ${step}`) })
    groups.push({ name: title, figures })
    process.stdout.write(`${renderTable(groups.slice(-1))}\n`)
  } catch (error) {
    process.exitCode = 1
    process.stderr.write(`${names[0]}: ${error instanceof Error ? error.message : String(error)}\n`)
  }
}
const run = describeRun()
if (options.json !== undefined) writeFileSync(options.json, `${JSON.stringify(run, null, 2)}\n`)
if (options.compare !== undefined) {
  const before = JSON.parse(readFileSync(options.compare, 'utf8')) as Run
  process.stdout.write(`${renderComparison(before, run)}\n`)
}
const verdicts = groups.flatMap(({ figures }) => figures.map(holds)).filter((held) => held !== undefined)
const kept = verdicts.filter(Boolean).length
process.stdout.write(`${kept} of ${verdicts.length} bars hold; ${run.seconds} s\n`)

function readOptions() {
  try {
    const { values } = parseArgs({
      options: {
        quick: { type: 'boolean', default: false },
        only: { type: 'string' },
        json: { type: 'string' },
        compare: { type: 'string' },
      },
    })
    const wanted = values.only?.split(',')
    const strange = wanted?.find((name) => !parts.some(({ names }) => names.includes(name)))
    if (strange !== undefined) throw new Error(`--only: there is no ${strange}`)
    const chosen = parts.filter(({ names }) => wanted?.some((name) => names.includes(name)) ?? true)
    return { ...values, chosen }
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n${usage}\n`)
    process.exit(2)
  }
}

// Elsewhere than on a terminal the tables say enough.
function tell(step: string): void {
  if (!process.stderr.isTTY) return
  const seconds = Math.round((performance.now() - started) / 1000)
  process.stderr.write(`${String(seconds).padStart(4)} s  ${step}\n`)
}

function describeRun(): Run {
  return {
    date: new Date().toISOString(),
    commit: commit(),
    node: process.version,
    machine: {
      processor: cpus()[0]?.model ?? '',
      processors: cpus().length,
      memory: `${Math.round(totalmem() / 2 ** 30)} GiB`,
      kernel: release(),
    },
    quick: options.quick,
    seconds: Math.round((performance.now() - started) / 1000),
    groups,
  }
}

function commit(): string {
  try {
    return execFileSync('git', ['describe', '--always', '--dirty'], {
      cwd: import.meta.dirname,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim()
  } catch {
    return 'unknown'
  }
}
