// The most important faults under load: no client sees one that another process or member can hide; others are said
// in the cloud's own words and are over when the fault is. `npm run faults` does it with all of them.
import t from 'tap'
import { type DrillResult, drill, memberDrill } from '../support/fault-drill.ts'
import { makeField } from '../support/fault-field.ts'
import { type FaultName, faults } from '../support/fault-rows.ts'

const important: readonly FaultName[] = ['sessionLost', 'burst', 'crash', 'hang', 'absent', 'pinOnce']
/** The codes that the actions document for a token that cannot serve. */
const codes: Readonly<Record<string, string>> = {
  GenerateDataKey: 'InternalError',
  Decrypt: 'InternalError',
  CreateKey: 'UnsupportedOperation.ServiceTemporaryUnavailable',
}

function errorsOf({ seen }: DrillResult) {
  return seen.flatMap(({ work, errors, codes }) => (errors > 0 ? [{ work, errors, codes }] : []))
}

for (const setUp of ['processes', 'members'] as const) {
  t.test(`${setUp}: faults under load`, async (t) => {
    const field = await makeField(t, setUp)
    for (const name of important) {
      const result = await drill(field, faults[name])
      const { seen, broken } = result
      t.equal(broken, undefined, `${name}: all is well again without a restart`)
      for (const { work, longest } of seen) t.comment(`${name}: ${work} ${Math.round(longest)} ms at most`)
      // Two processes have one token: nobody else has its keys.
      if (name === 'absent' && setUp === 'processes') {
        const expected = errorsOf(result).map(({ work, errors }) => ({ work, errors, codes: [codes[work]] }))
        t.same(errorsOf(result), expected, `${name}: the documented codes, and the other cluster serves`)
      } else t.same(errorsOf(result), [], `${name}: nobody saw an error`)
    }
  })
}

t.test('a member of two killed, hung and removed in turn: no request fails', async (t) => {
  const result = await memberDrill(t, 9)
  t.equal(result.broken, undefined)
  t.same(errorsOf(result), [])
})
