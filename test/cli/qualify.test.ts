// `qualify`: the card of each implementation a machine can have, and what an unusable token is told.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { makeNssToken, withoutNss } from '../support/nss-token.ts'
import { makeOpencryptokiToken, withoutOpencryptoki } from '../support/opencryptoki-token.ts'
import { makeHome } from '../support/server.ts'
import { makeToken, type TestToken } from '../support/tokens.ts'

/** Runs the command on a token. */
async function qualify(t: Test, { home, member }: TestToken, ...more: string[]) {
  const pinFile = join(home, 'pin')
  writeFileSync(pinFile, `${member.pin}\n`)
  const conf = member.env.SOFTHSM2_CONF
  const env = { ...member.env, ...(conf === undefined ? {} : { SOFTHSM2_CONF: join(home, conf) }) }
  const { module, token, initArgs } = member
  const args = ['--module', module, '--token', token, '--pin-file', pinFile, '--init-args', initArgs]
  return makeHome(t).runWith(env, 'qualify', ...args, ...more)
}

const implementations = [
  { name: 'SoftHSM', skip: false, make: makeToken, allowed: [] },
  {
    name: 'NSS softokn',
    skip: withoutNss,
    make: makeNssToken,
    // NSS protects its keys from programs without the PIN, not from those that have it.
    allowed: ['copy it with decryption', 'copy it extractable', 'copy it modifiable', 'wrap it under itself'],
  },
  {
    name: 'openCryptoki',
    skip: withoutOpencryptoki,
    make: makeOpencryptokiToken,
    allowed: ['copy it with decryption', 'copy it modifiable'],
  },
] as const

for (const { name, skip, make, allowed } of implementations) {
  t.test(
    `${name}: the contract holds, and the card says what the holder of the PIN may do`,
    { skip },
    async (t) => {
      const { code, stdout, stderr } = await qualify(t, await make(t), '--json')
      t.equal(code, 0, stderr)
      const card = JSON.parse(stdout)
      t.match(card, { ok: true, token: { label: String }, card: { strategy: String, maxPayload: Number } })
      t.same(
        card.contract.filter((check: { ok: boolean }) => !check.ok),
        [],
      )
      const outcomes = Object.entries<string>(card.attacks)
      t.same(
        outcomes.filter(([, outcome]) => outcome === 'ALLOWED').map(([attack]) => attack),
        allowed,
      )
      for (const [attack, outcome] of outcomes) t.match(outcome, /^(refused|ALLOWED)/, attack)
      for (const rate of Object.values<number>(card.rates)) t.ok(rate > 0)
    },
  )
}

t.test('for people: sections, and no secret', async (t) => {
  const token = await makeToken(t)
  const { stdout, stderr } = await qualify(t, token)
  for (const line of ['The token can carry the service.', 'Card', 'Contract', 'Operations a second'])
    t.match(stdout, line)
  t.notMatch(stdout + stderr, token.member.pin)
  t.equal(stderr, '', 'quiet in a pipe')
})

t.test('a token that cannot be used', async (t) => {
  const token = await makeToken(t)
  const wrong = await qualify(t, { ...token, member: { ...token.member, pin: 'wrong-pin' } })
  t.equal(wrong.code, 1)
  t.match(wrong.stdout, /cannot carry the service[\s\S]*CKR_PIN_INCORRECT/)
  const absent = await qualify(t, { ...token, member: { ...token.member, token: 'none' } })
  t.match(absent, { code: 1, stdout: '', stderr: /^p11kms: config: token: there is no such token/ })
  const module = await qualify(t, { ...token, member: { ...token.member, module: '/etc/hostname' } })
  t.match(module, { code: 1, stdout: '', stderr: /^p11kms: config: module: the library cannot be used/ })
  const home = makeHome(t)
  t.equal((await home.run('qualify')).code, 2)
  const noPin = ['qualify', '--module', token.member.module, '--token', 'x', '--pin-file', '/none']
  t.match(await home.run(...noPin), { code: 1, stderr: 'p11kms: /none cannot be read\n' })
})
