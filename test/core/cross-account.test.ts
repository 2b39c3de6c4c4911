// Two accounts on one server: what one names that is the other's is to it as what never was, in every action and form.
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { openStore } from '../../src/store/store.ts'
import { rowsOf } from '../support/rows.ts'
import { accountId, otherAccountId } from '../support/services.ts'
import { addSigner, addUser, type Signer } from '../support/users.ts'
import { type Belongings, makeBelongings, neverWere, withoutNames } from './cross-account/belongings.ts'
import { alibabaFields, type Fields, type Forms, refusals, tencentFields } from './cross-account/fields.ts'
import { openAlibaba } from './permissions/alibaba.ts'
import { type Answer, type Input, makerFor, type Server } from './permissions/row.ts'
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

/** Things of the first account, with their like that never were. */
type Pair = readonly [theirs: Belongings, never: Belongings]

async function makePair(): Promise<Pair> {
  const owner = { tencent: makerFor(tencent), alibaba: makerFor(alibaba) }
  const made = await makeBelongings(owner, accountId)
  secrets.push(...made.secrets)
  return [made.theirs, neverWere(made.theirs)]
}

const pair = await makePair()

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

  for (const { name: action, input } of server.actions) {
    const formsOf = (table: Fields['names']) =>
      Object.keys(table)
        .filter((field) => Object.hasOwn(input.properties, field))
        .flatMap((field) => table[field] ?? [])
    const [references, names] = [formsOf(fields.references), formsOf(fields.names)]
    if (references.length + names.length === 0) continue
    t.test(`${server.name} ${action}`, async (t) => {
      const own = await server.rows[action]?.input(makerFor(server, root))
      if (own === undefined) throw new Error(`no row for ${action}`)
      const dry = Object.hasOwn(input.properties, 'DryRun')
      for (const [who, signer] of Object.entries(strangers)) {
        const attempt = { server, action, own, signer }
        await t.test(who, async (t) => {
          if (references.length > 0) await tryReferences(t, attempt, references, dry)
          if (names.length > 0) await tryNames(t, attempt, names)
        })
      }
    })
  }
}

t.test('no plaintext came back', async (t) => {
  t.ok(answers.length > 1000, `${answers.length} answers`)
  const seen = secrets.filter((secret) => answers.some((answer) => answer.includes(secret)))
  t.same(seen, [])
})

/** An action that would succeed for the other account with the input, which is its own, if the signer may do it. */
interface Attempt {
  readonly server: Server
  readonly action: string
  readonly own: Input
  readonly signer: Signer
}

/** Names what is the account's in each field in turn, and in all at once. */
async function tryReferences(
  t: Test,
  attempt: Attempt,
  references: readonly Forms[],
  dry: boolean,
): Promise<void> {
  const before = rowsOf(file, accountId)
  const [theirs, never] = pair.map((of) => {
    const each = references.map((forms) => forms(of, attempt.own))
    const single = [...each.flat(), Object.assign({}, ...each.map(([first]) => first))]
    return dry ? single.flatMap((input) => [input, { ...input, DryRun: true }]) : single
  }) as [Input[], Input[]]
  for (const [index, input] of theirs.entries()) {
    const [got, expected] = await askBoth(attempt, pair, input, never[index])
    t.ok(refusals[attempt.server.name]?.includes(got.code), `${got.code} for ${JSON.stringify(input)}`)
    t.same(got, expected, 'as for what never was')
  }
  t.same(rowsOf(file, accountId), before, 'nothing changed')
}

/** Uses names that the account has. They are free for others: what is new to both is made anew for each. */
async function tryNames(t: Test, attempt: Attempt, names: readonly Forms[]): Promise<void> {
  const fresh = await makePair()
  const before = rowsOf(file, accountId)
  const [theirs, never] = fresh.map((of) => names.flatMap((forms) => forms(of, attempt.own)))
  for (const [index, input] of theirs?.entries() ?? []) {
    const [got, expected] = await askBoth(attempt, fresh, input, never?.[index])
    const title = JSON.stringify(input)
    t.equal(got.code, expected.code, title)
    const made = got.code === 'OK' && !/Search|Filter/.test(title)
    if (!made) t.same(got, expected, 'as for a new name')
  }
  t.same(rowsOf(file, accountId), before, 'nothing changed')
}

/** The answers about what is the account's and about what never was, without the names of either. */
async function askBoth(
  { server, action, own, signer }: Attempt,
  [theirs, never]: Pair,
  input: Input,
  other: Input | undefined,
): Promise<[Answer, Answer]> {
  const ask = async (fields: Input | undefined, of: Belongings) => {
    const answer = await server.ask(action, { ...own, ...fields }, signer)
    answers.push(JSON.stringify(answer.body))
    return { ...answer, body: withoutNames(answer.body, of) }
  }
  return [await ask(input, theirs), await ask(other, never)]
}
