// Policies: both clouds' spellings, wildcards, explicit deny, and what is refused rather than ignored.
import t from 'tap'
import { matches, type RequestFacts } from '../../src/core/conditions.ts'
import { decide, type NamedPolicy, parsePolicy } from '../../src/core/policy.ts'
import { accountId, resourceNames } from '../support/services.ts'

const keyId = '23e80852-1e38-11e9-b129-5cb9019b4b01'
const key = resourceNames({ accountId, keyId, keyPolicy: null })
const keys = resourceNames({ accountId, all: 'keys' })

const read = (value: unknown, name = 'p'): NamedPolicy => ({
  name,
  statements: parsePolicy(JSON.stringify(value)),
})

const facts: RequestFacts = {
  sourceAddress: '10.1.2.3',
  time: Date.UTC(2026, 0, 2, 3, 4, 5),
  secure: false,
  tags: { team: 'pay' },
  context: { app: 'ledger', Stage: 'prod' },
}

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
  const policies = [read(cam), read(ram)]
  const cases: [string, readonly string[], string][] = [
    ['kms:Decrypt', key, 'allow'],
    ['kms:decrypt', key, 'allow'],
    [
      'kms:Decrypt',
      resourceNames({ accountId, keyId: keyId.replace('2', '3'), keyPolicy: null }),
      'implicit-deny',
    ],
    ['kms:Decrypt', keys, 'implicit-deny'],
    ['kms:GenerateDataKeyWithoutPlaintext', key, 'allow'],
    ['kms:GenerateDataKey', key, 'explicit-deny'],
    ['kms:Encrypt', key, 'implicit-deny'],
    [
      'kms:GenerateDataKeyWithoutPlaintext',
      resourceNames({ accountId: '1', keyId, keyPolicy: null }),
      'implicit-deny',
    ],
  ]
  for (const [action, names, wanted] of cases)
    t.equal(decide(policies, action, names, facts).decision, wanted, action)
  t.same(decide([], 'kms:Decrypt', key, facts), { decision: 'implicit-deny' })
  const all = read({ statement: { effect: 'Allow', action: '*', resource: '*' } }, 'all')
  const allowed = { decision: 'allow', policy: 'all', statement: 'statement 1' }
  t.same(decide([all], 'kms:CreateKey', keys, facts), allowed)
})

t.test('conditions: all must hold', async (t) => {
  const cases: [string, unknown, boolean][] = [
    ['{}', {}, true],
    ['address', { IpAddress: { 'acs:SourceIp': '10.1.2.3' } }, true],
    ['network', { IpAddress: { 'acs:SourceIp': ['192.168.0.0/16', '10.0.0.0/8'] } }, true],
    ['other network', { ip_equal: { 'qcs:ip': '10.1.3.0/24' } }, false],
    ['not that network', { NotIpAddress: { 'acs:SourceIp': '10.1.3.0/24' } }, true],
    ['not this network', { ip_not_equal: { 'qcs:ip': ['10.1.2.0/24', '1.1.1.1'] } }, false],
    ['IPv6 network', { IpAddress: { 'acs:SourceIp': '2001:db8::/32' } }, false],
    ['before', { DateLessThan: { 'acs:CurrentTime': '2026-01-02T12:00:00+08:00' } }, true],
    ['after', { date_greater_than: { 'qcs:current_time': '2026-01-02T12:00:00+08:00' } }, false],
    ['at', { DateLessThanEquals: { 'acs:CurrentTime': '2026-01-02T03:04:05Z' } }, true],
    ['not after itself', { DateGreaterThan: { 'acs:CurrentTime': '2026-01-02T03:04:05Z' } }, false],
    ['by TLS', { Bool: { 'acs:SecureTransport': 'true' } }, false],
    ['not by TLS', { bool_equal: { 'acs:SecureTransport': false } }, true],
    ['second factor', { Bool: { 'acs:MFAPresent': true } }, false],
    ['tag', { StringEquals: { 'kms:tag/team': ['x', 'pay'] } }, true],
    ['names of tags have a letter case', { StringEquals: { 'kms:tag/Team': 'pay' } }, false],
    ['tag of Tencent', { 'for_any_value:string_equal': { 'qcs:resource_tag': 'team&pay' } }, true],
    ['tag that is not there', { StringEquals: { 'kms:tag/constructor': 'x' } }, false],
    ['not a tag that is not there', { StringNotEquals: { 'kms:tag/none': 'x' } }, true],
    ['context', { StringLike: { 'kms:EncryptionContext:app': 'led*' } }, true],
    ['letter case', { StringEquals: { 'kms:EncryptionContext:Stage': 'PROD' } }, false],
    ['no letter case', { StringEqualsIgnoreCase: { 'kms:EncryptionContext:Stage': 'PROD' } }, true],
    ['unlike', { StringNotLike: { 'kms:EncryptionContext:app': 'l?dger' } }, false],
    ['keys', { 'ForAllValues:StringEquals': { 'kms:EncryptionContextKeys': ['app'] } }, false],
    ['all keys', { 'ForAllValues:StringEquals': { 'kms:EncryptionContextKeys': ['app', 'Stage'] } }, true],
    ['a key', { 'ForAnyValue:StringEquals': { 'kms:EncryptionContextKeys': ['app', 'x'] } }, true],
    ['two', { Bool: { 'acs:SecureTransport': 'false' }, IpAddress: { 'acs:SourceIp': '1.1.1.1' } }, false],
  ]
  const name = 'arn'
  for (const [title, Condition, wanted] of cases) {
    const Statement = { Effect: 'Allow', Action: '*', Resource: '*', Sid: name, Condition }
    const verdict = decide([read({ Statement })], 'kms:Decrypt', key, facts)
    t.same(
      verdict,
      wanted ? { decision: 'allow', policy: 'p', statement: name } : { decision: 'implicit-deny' },
      title,
    )
  }
  const mapped = { ...facts, sourceAddress: '::ffff:10.1.2.3' }
  const Statement = {
    Effect: 'Deny',
    Action: '*',
    Resource: '*',
    Condition: { IpAddress: { 'acs:SourceIp': '10.1.2.3' } },
  }
  const policy = read({ Statement })
  t.equal(decide([policy], 'kms:Decrypt', key, mapped).decision, 'explicit-deny')
  const unknown = { ...facts, sourceAddress: '' }
  t.equal(decide([policy], 'kms:Decrypt', key, unknown).decision, 'implicit-deny')
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
    [
      { statement: [statement, { ...statement, Condition: [] }] },
      /statement 2: condition must be a JSON object/,
    ],
    [
      { statement: { ...statement, condition: { StringEquals: 'x' } } },
      /condition StringEquals must be a JSON object/,
    ],
    ...Object.entries({
      'NumericEquals acs:SourceIp': 1,
      'StringEquals acs:Unknown': 'x',
      'StringEquals kms:tag/': 'x',
      'IpAddress acs:SourceIp': '10.0.0.0/33',
      'NotIpAddress acs:SourceIp': 'localhost',
      'DateLessThan acs:CurrentTime': 'tomorrow',
      'Bool acs:SecureTransport': 'yes',
    }).map(([place, value]): [unknown, RegExp] => {
      const [operator = '', name = ''] = place.split(' ')
      const condition = { [operator]: { [name]: value } }
      return [
        { statement: { ...statement, condition } },
        new RegExp(`^statement 1: condition ${place} is not supported$`),
      ]
    }),
    [{ statement: { ...statement, NotAction: 'x' } }, /notaction/],
    [{ statement: { ...statement, Principal: '*' } }, /principal/],
  ]
  for (const [policy, message] of cases) {
    t.throws(() => parsePolicy(JSON.stringify(policy) ?? '{'), { name: 'PolicyError', message })
  }
})
