// docs/conformance.md has no open line, and says what the tests prove now.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { openLines, renderConformance } from '../../scripts/conformance.ts'

t.test('every line of the pages has its test and its declaration', async (t) => {
  t.same(openLines(), [])
})

t.test('docs/conformance.md is what `npm run docs` makes', async (t) => {
  const file = join(import.meta.dirname, '../../docs/conformance.md')
  t.equal(readFileSync(file, 'utf8'), renderConformance())
})
