// Promises about the project itself: what the lock file, the manifest and the generated pages hold.
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { actions as alibaba } from '../src/dialects/alibaba/actions/index.ts'
import { createCatalogue, ParameterError } from '../src/dialects/parameters.ts'
import { actions as tencent } from '../src/dialects/tencent/actions/index.ts'
import { root } from './support/server.ts'

const read = (name: string) => readFileSync(join(root, name), 'utf8')

t.test(
  'the lock file records no registry address, and every optional package with its version',
  async (t) => {
    const lock = JSON.parse(read('package-lock.json'))
    t.notMatch(read('package-lock.json'), /"resolved"|https?:\/\/[^"]*registry/)
    for (const [name, entry] of Object.entries<{ optionalDependencies?: object }>(lock.packages)) {
      for (const dependency of Object.keys(entry.optionalDependencies ?? {})) {
        const found =
          lock.packages[`node_modules/${dependency}`] ?? lock.packages[`${name}/node_modules/${dependency}`]
        t.ok(found?.version, `${name} -> ${dependency}`)
      }
    }
  },
)

t.test('the pages made from the actions are what the actions say', async (t) => {
  const { status, stderr } = spawnSync(process.execPath, [join(root, 'scripts/docs.ts'), '--check'])
  t.equal(status, 0, stderr.toString())
})

for (const [dialect, actions] of Object.entries({ tencent, alibaba })) {
  t.test(`${dialect}: every action is complete, and its example is one its own schema takes`, async (t) => {
    const catalogue = createCatalogue(actions)
    t.equal(catalogue.size, actions.length, 'no name twice')
    for (const { name, summary, input, example } of actions) {
      t.match(summary, /^[A-Z].*\.$/, name)
      t.doesNotThrow(() => catalogue.get(name)?.check(example.input), `${name}: the example`)
      for (const [field, schema] of Object.entries<{ description?: string }>(input.properties)) {
        t.ok(schema.description, `${name}.${field} says what it is`)
      }
      const required: readonly string[] = input.required ?? []
      if (required.length > 0)
        t.throws(() => catalogue.get(name)?.check({}), ParameterError, `${name}: required`)
    }
  })
}
