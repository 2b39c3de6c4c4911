// Two accounts on one server: what one names that is the other's is to it as what never was, in every action and form.
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { openStore } from '../../src/store/store.ts'
import { rowsOf } from '../support/rows.ts'
import { accountId, otherAccountId } from '../support/services.ts'
import { addSigner, addUser, type Signer } from '../support/users.ts'
import { type Belongings, makeBelongings, neverWere, withoutNames } from './cross-account/belongings.ts'
import { alibabaFields, type Fields, refusals, tencentFields } from './cross-account/fields.ts'
import { openAlibaba } from './permissions/alibaba.ts'
import { type Answer, type Input, type Make, makerFor, type Server } from './permissions/row.ts'
import { openTencent } from './permissions/tencent.ts'

const file = join(t.testdir(), 'p11kms.db')
const store = await openStore(`sqlite:${file}`)
t.teardown(() => store.close())
const tencent = await openTencent({ store })
const alibaba = await openAlibaba({ store, hsm: tencent.services.hsm })

const root = await addSigner(tencent.services, { accountId: otherAccountId })
const everything = await addUser(tencent.services, 'everything', otherAccountId)
await everything.allow('*')
const nothing = await addUser(tencent.services, 'nothing', otherAccountId)
const strangers: Readonly<Record<string, Signer>> = { root, everything, nothing }

/** All that was ever answered to the other account, and what must not be in it. */
const answers: string[] = []
const secrets: string[] = []

for (const [server, fields] of [
  [tencent, tencentFields],
  [alibaba, alibabaFields],
] as const) {
  t.test(`${server.name}: every field is known to name something, or not to`, async (t) => {
    const { references, names, others } = fields
    const known = [...Object.keys(references), ...Object.keys(names), ...others]
    const there = new Set(server.actions.flatMap(({ input }) => Object.keys(input.properties)))
    t.same(known.sort(), [...there].sort())
  })

  for (const { name, input } of server.actions) {
    const wanted = Object.keys(input.properties)
    const [references, names] = [fields.references, fields.names].map((table) =>
      Object.fromEntries(Object.entries(table).filter(([field]) => wanted.includes(field))),
    ) as [Fields['references'], Fields['names']]
    if (Object.keys({ ...references, ...names }).length === 0) continue
    t.test(`${server.name} ${name}`, async (t) => {
      for (const [who, signer] of Object.entries(strangers)) {
        const dry = wanted.includes('DryRun')
        await t.test(who, (t) => attempt(t, { server, action: name, signer, references, names, dry }))
      }
    })
  }
}

t.test('no plaintext came back', async (t) => {
  t.ok(answers.length > 1000, `${answers.length} answers`)
  const seen = secrets.filter((secret) => answers.some((answer) => answer.includes(secret)))
  t.same(seen, [])
})

interface Attempt extends Pick<Fields, 'references' | 'names'> {
  readonly server: Server
  readonly action: string
  readonly signer: Signer
  /** The action takes DryRun. */
  readonly dry: boolean
}

/** Tries an action with each field in turn, and all references at once, naming what is the account's and what never was. */
async function attempt(t: Test, { server, action, signer, references, names, dry }: Attempt): Promise<void> {
  const owner = { tencent: makerFor(tencent), alibaba: makerFor(alibaba) }
  const made = await makeBelongings(owner, accountId)
  secrets.push(...made.secrets)
  const things = [made.theirs, neverWere(made.theirs)] as const
  const own = await inputOf(server, action, makerFor(server, root))
  const before = rowsOf(file, accountId)
  const attempts = (of: Belongings): Input[] => {
    const single = Object.values(references).flatMap((forms) => forms(of, own))
    const together = Object.assign({}, ...Object.values(references).map((forms) => forms(of, own)[0]))
    return [...single, together]
  }
  const naming = (of: Belongings) => Object.values(names).flatMap((forms) => forms(of, own))
  const [theirs, never] = things.map(attempts) as [Input[], Input[]]
  const both = async (field: Input, other: Input) => [
    await ask(server, action, { ...own, ...field }, signer),
    await ask(server, action, { ...own, ...other }, signer),
  ]
  for (const [index, field] of Object.keys(references).length === 0 ? [] : theirs.entries()) {
    for (const more of dry ? [{}, { DryRun: true }] : [{}]) {
      const [got, expected] = await both({ ...field, ...more }, { ...never[index], ...more })
      const title = JSON.stringify({ ...field, ...more })
      t.ok(refusals[server.name]?.includes(got?.code ?? ''), `${got?.code} for ${title}`)
      t.same(shown(got, things[0]), shown(expected, things[1]), 'as for what never was')
    }
  }
  const [theirNames, newNames] = things.map(naming) as [Input[], Input[]]
  for (const [index, field] of theirNames.entries()) {
    const [got, expected] = await both(field, newNames[index] ?? {})
    const title = JSON.stringify(field)
    t.equal(got?.code, expected?.code, title)
    if (got?.code !== 'OK' || /Search|Filter/.test(title)) {
      t.same(shown(got, things[0]), shown(expected, things[1]), 'as for a new name')
    }
  }
  t.same(rowsOf(file, accountId), before, 'nothing changed')
}

async function inputOf({ rows }: Server, action: string, make: Make): Promise<Input> {
  const row = rows[action]
  if (row === undefined) throw new Error(`no row for ${action}`)
  return row.input(make)
}

async function ask(server: Server, action: string, input: Input, signer: Signer): Promise<Answer> {
  const answer = await server.ask(action, input, signer)
  answers.push(JSON.stringify(answer.body))
  return answer
}

function shown(answer: Answer | undefined, of: Belongings) {
  return { ...answer, body: withoutNames(answer?.body, of) }
}
