// The bench runs and says everything it should; how fast anything is, no test may ask.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import type { Run } from '../../scripts/bench/run.ts'
import { root, runScript } from '../support/server.ts'

const bench = (...args: string[]) => runScript(join(root, 'scripts/bench.ts'), args)

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
