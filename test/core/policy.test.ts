// Policies: both clouds' spellings, wildcards, explicit deny, and what is refused rather than ignored.
import t from 'tap'
import { decide, matches, parsePolicy } from '../../src/core/policy.ts'
import { accountId, resourceNames } from '../support/services.ts'

const keyId = '23e80852-1e38-11e9-b129-5cb9019b4b01'
const key = resourceNames({ accountId, keyId })
const keys = resourceNames({ accountId, all: 'keys' })

const cam = {
  version: '2.0',
  statement: [
    {
      effect: 'allow',
      action: ['name/kms:Decrypt'],
      resource: [`qcs::kms:ap-guangzhou:uin/${accountId}:key/creatorUin/${accountId}/${keyId}`],
    },
  ],
}
const ram = {
  Version: '1',
  Statement: [
    { Effect: 'Allow', Action: 'kms:GenerateDataKey*', Resource: `acs:kms:*:${accountId}:key/*` },
    { Effect: 'Deny', Action: ['kms:GenerateDataKey'], Resource: '*' },
  ],
}

t.test('both clouds’ spellings, on resources of either form', async (t) => {
  const policies = [parsePolicy(JSON.stringify(cam)), parsePolicy(JSON.stringify(ram))]
  const cases: [string, readonly string[], string][] = [
    ['kms:Decrypt', key, 'allow'],
    ['kms:decrypt', key, 'allow'],
    ['kms:Decrypt', resourceNames({ accountId, keyId: keyId.replace('2', '3') }), 'implicit-deny'],
    ['kms:Decrypt', keys, 'implicit-deny'],
    ['kms:GenerateDataKeyWithoutPlaintext', key, 'allow'],
    ['kms:GenerateDataKey', key, 'explicit-deny'],
    ['kms:Encrypt', key, 'implicit-deny'],
    ['kms:GenerateDataKeyWithoutPlaintext', resourceNames({ accountId: '1', keyId }), 'implicit-deny'],
  ]
  for (const [action, names, wanted] of cases) t.equal(decide(policies, action, names), wanted, action)
  t.equal(decide([], 'kms:Decrypt', key), 'implicit-deny')
  const all = parsePolicy('{"statement":{"effect":"Allow","action":"*","resource":"*"}}')
  t.equal(decide([all], 'kms:CreateKey', keys), 'allow', 'a statement may stand alone')
})

t.test('wildcards', async (t) => {
  const cases: [string, string, boolean][] = [
    ['*', '', true],
    ['', '', true],
    ['', 'a', false],
    ['a?c', 'abc', true],
    ['a?c', 'ac', false],
    ['a*c', 'ac', true],
    ['a*c', 'abbbc', true],
    ['a*c', 'abbbd', false],
    ['*b*d', 'abcbd', true],
    ['a.c', 'abc', false],
    ['a*', 'a', true],
    ['*:key/*', 'acs:kms:r:1:key/2', true],
  ]
  for (const [pattern, text, wanted] of cases) t.equal(matches(pattern, text), wanted, `${pattern} ${text}`)
  const started = performance.now()
  t.notOk(matches(`${'*a'.repeat(40)}b`, 'a'.repeat(4000)))
  t.ok(performance.now() - started < 5000, 'no pattern takes forever')
})

t.test('what cannot be enforced is refused, with the element’s name', async (t) => {
  const statement = { effect: 'allow', action: 'kms:*', resource: '*' }
  const cases: [unknown, RegExp][] = [
    [undefined, /well-formed/],
    [[], /policy must be a JSON object/],
    [{}, /no statement/],
    [{ statement: [] }, /no statement/],
    [{ statement: 'x' }, /statement 1 must be/],
    [{ version: 2, statement }, /version/],
    [{ statement, other: 1 }, /element other is not supported/],
    [{ statement: { ...statement, Effect: 'Deny' } }, /element effect is there twice/],
    [{ statement: { ...statement, effect: 'permit' } }, /effect/],
    [{ statement: { ...statement, action: [] } }, /action/],
    [{ statement: { ...statement, resource: [1] } }, /resource/],
    [{ statement: [statement, { ...statement, Condition: {} }] }, /statement 2: the element condition/],
    [{ statement: { ...statement, NotAction: 'x' } }, /notaction/],
    [{ statement: { ...statement, Principal: '*' } }, /principal/],
  ]
  for (const [policy, message] of cases) {
    t.throws(() => parsePolicy(JSON.stringify(policy) ?? '{'), { name: 'PolicyError', message })
  }
})
