// Key policies: whom statements may be about, what is refused, and what a policy says to whom.
import t from 'tap'
import type { RequestFacts } from '../../src/core/conditions.ts'
import { decideByKey, defaultKeyPolicy, keyPolicyLimit, parseKeyPolicy } from '../../src/core/key-policy.ts'
import { accountId, otherAccountId, resourceNames } from '../support/services.ts'

const keyId = '23e80852-1e38-11e9-b129-5cb9019b4b01'
const names = resourceNames({ accountId, keyId, keyPolicy: null })
const facts: RequestFacts = { sourceAddress: '10.1.2.3', time: 0, secure: false, tags: {}, context: {} }

const ram = (item: string, account = accountId) => `acs:ram::${account}:${item}`
const statement = { Effect: 'Allow', Action: ['kms:*'], Resource: ['*'] }
const read = (...Statement: readonly object[]) => parseKeyPolicy(JSON.stringify({ Version: '1', Statement }))

t.test('principals: an account in either form, users, roles; one or several', async (t) => {
  const good = [
    ram('*'),
    ram('root'),
    ram('user/a'),
    ram('user/First_Last-1+2=3,4.5@example.com'),
    ram(`user/${'x'.repeat(64)}`),
    ram('role/Admin.role-1'),
  ]
  for (const name of good) {
    t.same(read({ ...statement, Principal: { RAM: name } }).statements[0]?.principals, [name])
  }
  const [first] = read({ ...statement, Principal: { RAM: good } }).statements
  t.same(first?.principals, good)
  const lower = { effect: 'deny', action: 'kms:*', resource: '*', principal: { ram: ram('*') } }
  t.match(read(lower).statements[0], { effect: 'deny', principals: [ram('*')] })
})

t.test('what is no principal is refused, with its place', async (t) => {
  const cases: [unknown, RegExp | string][] = [
    [undefined, /^statement 1: principal must be a JSON object$/],
    ['*', /principal must be a JSON object/],
    [[ram('*')], /principal must be a JSON object/],
    [{}, /principal RAM must be a text or a list of texts/],
    [{ RAM: [] }, /principal RAM must be/],
    [{ RAM: [1] }, /principal RAM must be/],
    [{ RAM: '' }, /principal RAM must be/],
    [{ Service: 'ecs.aliyuncs.com' }, /principal: the element service is not supported/],
    [{ RAM: ram('*'), Service: 'x' }, /element service/],
    [{ RAM: ram('*'), ram: ram('*') }, /element ram is there twice/],
    ...[
      '*',
      accountId,
      ram(''),
      ram('*', ''),
      ram('*', '*'),
      ram('root', '10000000000?'),
      ram('user/a', '1*'),
      ram('user/'),
      ram('user/*'),
      ram('user/a b'),
      ram(`user/${'x'.repeat(65)}`),
      ram('user/a\n'),
      ram('role/*'),
      ram('group/a'),
      ram('ROOT'),
      `acs:ram:cn-hangzhou:${accountId}:root`,
      ` ${ram('root')}`,
    ].map((name): [unknown, string] => [
      { RAM: [ram('*'), name] },
      `statement 1: principal RAM has a name that is none: ${name}`,
    ]),
  ]
  for (const [Principal, message] of cases) {
    t.throws(
      () => read({ ...statement, Principal }),
      { name: 'PolicyError', message },
      JSON.stringify(Principal),
    )
  }
})

t.test('the rest is held to what users’ policies are', async (t) => {
  const whole = { ...statement, Principal: { RAM: ram('*') } }
  const cases: [string, RegExp][] = [
    ['{', /well-formed/],
    ['[]', /policy must be a JSON object/],
    ['{"Version":"1"}', /no statement/],
    ['{"Version":"1","Statement":[]}', /no statement/],
    [JSON.stringify({ Statement: [whole, { ...whole, Effect: 'Maybe' }] }), /^statement 2: effect/],
    [JSON.stringify({ Statement: { ...whole, Action: [] } }), /action/],
    [JSON.stringify({ Statement: { ...whole, Resource: undefined } }), /resource/],
    [JSON.stringify({ Statement: { ...whole, NotPrincipal: { RAM: ram('*') } } }), /element notprincipal/],
    [
      JSON.stringify({ Statement: { ...whole, Condition: { StringEquals: { 'acs:Other': 'x' } } } }),
      /acs:Other/,
    ],
  ]
  for (const [text, message] of cases) {
    t.throws(() => parseKeyPolicy(text), { name: 'PolicyError', message }, text)
  }
})

t.test('32,768 bytes at most, counted as bytes', async (t) => {
  const Sid = 'é'
  const text = JSON.stringify({ Statement: { ...statement, Sid, Principal: { RAM: ram('*') } } })
  const padded = (bytes: number) => text + ' '.repeat(bytes - Buffer.byteLength(text))
  t.equal(keyPolicyLimit, 32_768)
  t.equal(parseKeyPolicy(padded(keyPolicyLimit)).statements.length, 1)
  const message = 'the policy is longer than 32768 bytes'
  t.throws(() => parseKeyPolicy(padded(keyPolicyLimit + 1)), { name: 'PolicyError', message })
})

t.test('the default policy leaves it to the account’s own policies', async (t) => {
  const policy = [parseKeyPolicy(defaultKeyPolicy(accountId))]
  const ask = (account: string, userName?: string) => {
    const who = { accountId: account, ...(userName === undefined ? {} : { userName }) }
    return decideByKey(policy, who, 'kms:Encrypt', names, facts)
  }
  const allowed = {
    decision: 'allow',
    policy: 'key policy',
    statement: 'kms default key policy',
    named: false,
  }
  t.same(ask(accountId), allowed)
  t.same(ask(accountId, 'a'), allowed)
  t.same(ask(otherAccountId), { decision: 'implicit-deny', named: false })
  t.same(decideByKey([], { accountId }, 'kms:Encrypt', names, facts), {
    decision: 'implicit-deny',
    named: false,
  })
})

t.test('what a policy says to whom', async (t) => {
  const about = (Effect: string, ...RAM: string[]) => ({ ...statement, Effect, Principal: { RAM } })
  const allow = (...RAM: string[]) => about('Allow', ...RAM)
  const deny = (...RAM: string[]) => about('Deny', ...RAM)
  const a = { accountId, userName: 'a' }
  const b = { accountId, userName: 'b' }
  const account = { accountId }
  const yes = { decision: 'allow', named: false }
  const byName = { decision: 'allow', named: true }
  const no = { decision: 'implicit-deny', named: false }
  const never = { decision: 'explicit-deny', named: false }
  const cases: [string, object[], [object, object][]][] = [
    [
      'a user',
      [allow(ram('user/a'))],
      [
        [a, byName],
        [b, no],
        [account, no],
      ],
    ],
    [
      'an account by *',
      [allow(ram('*'))],
      [
        [a, yes],
        [b, yes],
        [account, yes],
      ],
    ],
    [
      'an account by root',
      [allow(ram('root'))],
      [
        [a, yes],
        [account, yes],
      ],
    ],
    [
      'a user besides',
      [allow(ram('root')), allow(ram('user/b'))],
      [
        [a, yes],
        [b, byName],
        [account, yes],
      ],
    ],
    [
      'the other account',
      [allow(ram('*', otherAccountId))],
      [
        [a, no],
        [account, no],
      ],
    ],
    ['its user of that name', [allow(ram('user/a', otherAccountId))], [[a, no]]],
    [
      'a role of that name',
      [allow(ram('role/a'))],
      [
        [a, no],
        [account, no],
      ],
    ],
    ['letter case', [allow(ram('user/A'))], [[a, no]]],
    [
      'deny a user',
      [allow(ram('*')), deny(ram('user/a'))],
      [
        [a, never],
        [b, yes],
        [account, yes],
      ],
    ],
    [
      'deny the account',
      [allow(ram('user/a')), deny(ram('root'))],
      [
        [a, never],
        [account, never],
      ],
    ],
    [
      'several',
      [allow(ram('user/b'), ram('user/a'))],
      [
        [a, byName],
        [b, byName],
      ],
    ],
  ]
  for (const [title, statements, asked] of cases) {
    for (const [who, wanted] of asked) {
      const policy = [read(...statements)]
      const verdict = decideByKey(policy, who as typeof a, 'kms:Encrypt', names, facts)
      t.match(verdict, wanted, `${title}: ${JSON.stringify(who)}`)
    }
  }
})

t.test('actions, resources and conditions narrow it', async (t) => {
  const Principal = { RAM: ram('user/a') }
  const who = { accountId, userName: 'a' }
  const verdict = (more: object, action = 'kms:Encrypt') =>
    decideByKey([read({ ...statement, Principal, ...more })], who, action, names, facts).decision
  t.equal(verdict({ Action: 'kms:Enc*' }), 'allow')
  t.equal(verdict({ Action: 'kms:Enc*' }, 'kms:Decrypt'), 'implicit-deny')
  t.equal(verdict({ Resource: `acs:kms:*:${accountId}:key/${keyId}` }), 'allow')
  t.equal(verdict({ Resource: `acs:kms:*:${accountId}:key/other` }), 'implicit-deny')
  t.equal(verdict({ Condition: { IpAddress: { 'acs:SourceIp': '10.0.0.0/8' } } }), 'allow')
  t.equal(verdict({ Condition: { IpAddress: { 'acs:SourceIp': '11.0.0.0/8' } } }), 'implicit-deny')
  const both = [
    { ...statement, Principal, Action: 'kms:Encrypt' },
    { ...statement, Principal: { RAM: ram('*') } },
  ]
  const named = (action: string) => decideByKey([read(...both)], who, action, names, facts).named
  t.same([named('kms:Encrypt'), named('kms:Decrypt')], [true, false])
})
