// The bench runs and says everything it should; how fast anything is, no test may ask.
import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import type { Run } from '../../scripts/bench/run.ts'
import { root } from '../support/server.ts'

interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

function bench(...args: string[]): Promise<Ended> {
  const child = spawn(process.execPath, [join(root, 'scripts/bench.ts'), ...args])
  let [stdout, stderr] = ['', '']
  child.stdout.on('data', (chunk: Buffer) => {
    stdout += chunk.toString()
  })
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk.toString()
  })
  return new Promise((resolve) => child.once('close', (code) => resolve({ code, stdout, stderr })))
}

t.test('a glance at a data key and its floors: a table, JSON, and two runs side by side', async (t) => {
  const file = join(t.testdir(), 'run.json')
  const committed = join(root, 'docs/performance.json')
  const only = ['--quick', '--only', 'floors,generate']
  const { code, stdout, stderr } = await bench(...only, '--json', file, '--compare', committed)
  t.equal(code, 0, stderr)
  const run = JSON.parse(readFileSync(file, 'utf8')) as Run
  t.match(run, {
    date: /^\d{4}-\d\d-\d\dT/,
    commit: /./,
    node: process.version,
    machine: { processor: String, processors: Number, memory: /GiB$/, kernel: String },
    quick: true,
    seconds: Number,
  })
  const [group, ...others] = run.groups
  t.same(others, [])
  t.same(
    group?.figures.map(({ id }) => id),
    ['floor-http', 'floor-token', 'generate', 'generate-ratio', 'policy-cost', 'flush-cost'],
  )
  for (const { id, title, value } of group?.figures ?? []) {
    t.ok(Number.isFinite(value) && (value ?? 0) > 0, id)
    t.ok(stdout.includes(title), `${id} is in the table`)
  }
  t.match(stdout, /Against .+\n {2}floor \(a\).+× \d/)
  t.match(stdout, /[01] of 1 bars hold/)
})

t.test('an unknown part is said, with those there are', async (t) => {
  const { code, stderr } = await bench('--only', 'everything')
  t.equal(code, 2)
  t.match(stderr, /there is no everything\n[\s\S]*generate, floors, operations/)
})
