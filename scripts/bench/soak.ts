// Memory over a minute of load: the HTTP process flat, token processes replaced before they grow.
import { commandOf, residentBytes, treeOf } from './cpu.ts'
import type { Figure } from './figures.ts'
import { type Bench, lasting, makeService } from './part.ts'
import { generateJob, rateOf } from './service.ts'

const mebibyte = 1024 * 1024
/** MiB a token process may grow by: little, so that a minute sees it replaced several times. */
const recycleMemory = 8
const bar = 1.1
/** Seconds until Node's heap has the size it keeps under this load. */
const settling = 30

interface Sample {
  /** Seconds. */
  readonly at: number
  /** MiB. */
  readonly http: number
  readonly tree: number
}

export async function measureSoak(bench: Bench): Promise<readonly Figure[]> {
  const { service } = await makeService(bench, { P11KMS_HSM_RECYCLE_MEMORY: String(recycleMemory) })
  const seconds = bench.quick ? 1 : 60
  bench.say(`${seconds} s of load, memory watched`)
  const samples: Sample[] = []
  const sample = () => {
    const tree = treeOf(service.pid)
    const http = tree.filter((pid) => !commandOf(pid).includes('token-process'))
    samples.push({ at: performance.now() / 1000, http: memoryOf(http), tree: memoryOf(tree) })
  }
  const target = { host: service.host, credential: service.user }
  const job = { ...generateJob(target, service.keyId, seconds), warmUpSeconds: lasting(bench, settling) }
  const started = performance.now() / 1000 + job.warmUpSeconds
  const timer = setInterval(sample, 100)
  const measured = await bench.load(job, service.pid).finally(() => clearInterval(timer))
  const third = (part: number) =>
    samples.filter(
      ({ at }) => at >= started + (seconds * part) / 3 && at < started + (seconds * (part + 1)) / 3,
    )
  const [middle, last] = [third(1), third(2)]
  const lowest = (part: readonly Sample[]) => Math.min(...part.map(({ http }) => http))
  const highest = (part: readonly Sample[]) => Math.max(...part.map(({ tree }) => tree))
  const slope = (lowest(last) - lowest(middle)) / (seconds / 180)
  return [
    {
      id: 'soak-http',
      title: 'HTTP process, last third against the second',
      value: lowest(last) / lowest(middle),
      unit: '×',
      bar: { atMost: bar },
      note: `${lowest(last).toFixed(0)} MiB, ${slope.toFixed(1)} MiB a minute, ${rateOf(measured)}`,
    },
    {
      id: 'soak-tree',
      title: 'all processes at their highest, the same',
      value: highest(last) / highest(middle),
      unit: '×',
      bar: { atMost: bar },
      note: `${highest(last).toFixed(0)} MiB with two tokens`,
    },
  ]
}

/** MiB. */
function memoryOf(pids: readonly number[]): number {
  return pids.reduce((sum, pid) => sum + residentBytes(pid), 0) / mebibyte
}
