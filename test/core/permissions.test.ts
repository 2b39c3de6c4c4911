// Who may do what: every action of both dialects for everybody who can ask, with one record of each call.
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { disableCredential } from '../../src/core/accounts.ts'
import { openStore } from '../../src/store/store.ts'
import { marksOf, rowsOf } from '../support/rows.ts'
import { accountId, alibabaKey, otherAccountId, tencentKey } from '../support/services.ts'
import { addSigner, addUser, type Signer } from '../support/users.ts'
import { openAlibaba } from './permissions/alibaba.ts'
import { type Answer, type Input, makerFor, permissionsOf, type Row, type Server } from './permissions/row.ts'
import { openTencent } from './permissions/tencent.ts'

const dialects = [
  { open: openTencent, rootKey: tencentKey },
  { open: openAlibaba, rootKey: alibabaKey },
]

for (const { open, rootKey } of dialects) {
  t.test(open.name.replace('open', ''), async (t) => {
    const file = join(t.testdir(), 'p11kms.db')
    const store = await openStore(`sqlite:${file}`)
    t.teardown(() => store.close())
    const server = await open({ store })
    const root: Signer = { accountId, secretId: rootKey.accessKeyId, secret: rootKey.secret }
    const people = { root, ...(await addPeople(server)) }
    const names = server.actions.map(({ name }) => name)
    t.same(Object.keys(server.rows).sort(), names.toSorted(), 'every action has its row, and no other')
    for (const name of names) {
      const row = server.rows[name]
      if (row !== undefined) await t.test(name, (t) => checkAction(t, server, people, file, name, row))
    }
  })
}

type People = Awaited<ReturnType<typeof addPeople>> & { readonly root: Signer }

/** Users of the account with different policies, two of its access keys that are good no more, and another account. */
async function addPeople({ services }: Server) {
  const everything = await addUser(services, 'everything')
  await everything.allow('kms:*')
  const disabled = await addSigner(services, everything)
  await disableCredential(services, disabled.secretId)
  return {
    disabled,
    expired: await addSigner(services, everything, 0),
    allowed: await addUser(services, 'allowed'),
    nothing: await addUser(services, 'nothing'),
    allBut: await addUser(services, 'all-but'),
    barred: await addUser(services, 'barred'),
    other: await addSigner(services, { accountId: otherAccountId }),
  }
}

async function checkAction(
  t: Test,
  server: Server,
  people: People,
  file: string,
  name: string,
  row: Row,
): Promise<void> {
  const { codes } = server
  const permissions = permissionsOf(name, row)
  const [permission = ''] = permissions
  await people.allowed.allow(permissions)
  await people.allBut.allow(othersThan(server, name))
  await people.barred.put({ effect: 'allow', action: '*' }, { effect: 'deny', action: permissions })
  const ask = (who: keyof People, code: string, input: Input) =>
    askAndCheckRecord(t, server, name, input, { who, signer: people[who], code })

  const input = await row.input(makerFor(server))
  const before = rowsOf(file, accountId)
  for (const who of ['nothing', 'allBut', 'barred'] as const) {
    const { body } = await ask(who, row.open === true ? 'OK' : codes.denied, input)
    if (row.open !== true) t.match(body, server.denial(permission, who === 'barred'), who)
  }
  await ask('disabled', codes.disabled, input)
  await ask('expired', codes.expired, input)
  const { body } = await ask('other', row.other, input)
  if (row.other === 'OK') {
    const text = JSON.stringify(body)
    const both = marksOf(rowsOf(file, otherAccountId))
    const seen = marksOf(before).filter((mark) => !both.includes(mark) && text.includes(`"${mark}"`))
    t.same(seen, [], 'another account sees nothing of this one')
  }
  t.same(rowsOf(file, accountId), before, 'and none of them changed anything')

  await ask('allowed', 'OK', input)
  await ask('root', 'OK', await row.input(makerFor(server)))
}

/** What everybody needs who may do all actions but one. */
function othersThan({ rows }: Server, name: string): string[] {
  return Object.entries(rows).flatMap(([other, row]) => (other === name ? [] : permissionsOf(other, row)))
}

/** Asks, and holds the answer's code and the one record of it to what is expected. */
async function askAndCheckRecord(
  t: Test,
  { ask, audit, codes, name: dialect }: Server,
  action: string,
  input: Input,
  { who, signer, code }: { who: string; signer: Signer; code: string },
): Promise<Answer> {
  const count = audit.records.length
  const answer = await ask(action, input, signer)
  t.equal(answer.code, code, who)
  const known = code !== codes.disabled && code !== codes.expired
  const identity = known
    ? { accountId: signer.accountId, accessKeyId: signer.secretId, userId: signer.userId ?? '' }
    : { accountId: '', accessKeyId: signer.secretId, userId: '' }
  const records = audit.records.slice(count)
  t.equal(records.length, 1, `${who}: one record`)
  t.match(records[0], { dialect, action, ...identity, outcome: code }, `${who}: of this call`)
  return answer
}
