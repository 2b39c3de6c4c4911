// GetKeyPolicy, SetKeyPolicy, and CreateKey with a policy.
import t from 'tap'
import { defaultKeyPolicy, keyPolicyLimit } from '../../../src/core/key-policy.ts'
import { accountId, clusterIds, otherAccountId } from '../../support/services.ts'
import { createClient } from './client.ts'

const DKMSInstanceId = clusterIds[1]
const unknown = '00000000-0000-4000-8000-000000000000'

const policyFor = (account: string) =>
  JSON.stringify({
    Version: '1',
    Statement: [
      { Effect: 'Allow', Principal: { RAM: [`acs:ram::${account}:*`] }, Action: 'kms:*', Resource: '*' },
    ],
  })
const policy = policyFor(otherAccountId)

/** Policies that are none, with what is wrong with them. */
const bad = {
  'not JSON': '{',
  'no statement': '{"Version":"1"}',
  'no principal': '{"Version":"1","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}',
  'an unknown principal': policy.replace(':*"]', ':group/x"]'),
  'too long': policy.padEnd(keyPolicyLimit + 1),
}

t.test(
  'a key of an instance has the default policy, then the one it is given, as it was given',
  async (t) => {
    const { call, makeKey } = await createClient()
    const KeyId = await makeKey({ DKMSInstanceId })
    const get = async (input = {}) => (await call('GetKeyPolicy', { KeyId, ...input })).body.Policy
    t.equal(await get(), defaultKeyPolicy(accountId))
    const spaced = JSON.stringify(JSON.parse(policy), null, 2)
    t.equal((await call('SetKeyPolicy', { KeyId, Policy: spaced })).status, 200)
    t.equal(await get({ PolicyName: 'default' }), spaced)
    const KeyArn = `acs:kms:cn-hangzhou:${accountId}:key/${KeyId}`
    const longest = policy.padEnd(keyPolicyLimit)
    const set = await call('SetKeyPolicy', { KeyId: KeyArn, PolicyName: 'default', Policy: longest })
    t.equal(set.status, 200)
    t.equal(await get({ KeyId: KeyArn }), longest)
  },
)

t.test('CreateKey takes a policy', async (t) => {
  const { call, makeKey } = await createClient()
  const KeyId = await makeKey({ DKMSInstanceId, Policy: policy })
  t.equal((await call('GetKeyPolicy', { KeyId })).body.Policy, policy)
})

t.test('Forbidden.KeyPolicyUnSupported for a key that was made without naming an instance', async (t) => {
  const { call, makeKey } = await createClient()
  const KeyId = await makeKey()
  const before = (await call('ListKeys')).body.TotalCount
  for (const [action, input] of [
    ['GetKeyPolicy', { KeyId }],
    ['SetKeyPolicy', { KeyId, Policy: policy }],
    ['CreateKey', { Policy: policy }],
  ] as const) {
    const { status, body } = await call(action, input)
    t.match({ status, body }, { status: 403, body: { Code: 'Forbidden.KeyPolicyUnSupported' } }, action)
  }
  t.equal((await call('ListKeys')).body.TotalCount, before, 'no key is made')
})

t.test('Forbidden.ResourceNotFound for a policy of another name', async (t) => {
  const { call, makeKey } = await createClient()
  const KeyId = await makeKey({ DKMSInstanceId })
  for (const [action, input] of [
    ['GetKeyPolicy', { KeyId, PolicyName: 'other' }],
    ['SetKeyPolicy', { KeyId, PolicyName: 'Default', Policy: policy }],
  ] as const) {
    const { status, body } = await call(action, input)
    t.match({ status, body }, { status: 404, body: { Code: 'Forbidden.ResourceNotFound' } }, action)
  }
})

t.test('InvalidParameter naming Policy; the key keeps the policy it had, and none is made', async (t) => {
  const { call, makeKey } = await createClient()
  const KeyId = await makeKey({ DKMSInstanceId, Policy: policy })
  for (const [title, Policy] of Object.entries(bad)) {
    for (const [action, input] of [
      ['SetKeyPolicy', { KeyId, Policy }],
      ['CreateKey', { DKMSInstanceId, Policy }],
    ] as const) {
      const { status, body } = await call(action, input)
      const Message = 'The specified parameter Policy is not valid.'
      t.match({ status, ...body }, { status: 400, Code: 'InvalidParameter', Message }, `${action}: ${title}`)
    }
  }
  t.equal((await call('GetKeyPolicy', { KeyId })).body.Policy, policy)
  t.equal((await call('ListKeys')).body.TotalCount, 1)
})

t.test('MissingParameter', async (t) => {
  const { call, makeKey } = await createClient()
  const KeyId = await makeKey({ DKMSInstanceId })
  for (const [action, input, name] of [
    ['GetKeyPolicy', {}, 'KeyId'],
    ['SetKeyPolicy', { Policy: policy }, 'KeyId'],
    ['SetKeyPolicy', { KeyId }, 'Policy'],
    ['SetKeyPolicy', { KeyId, Policy: '' }, 'Policy'],
  ] as const) {
    const { status, body } = await call(action, input)
    t.match({ status, ...body }, { status: 400, Code: 'MissingParameter' }, action)
    t.match(body.Message, name)
  }
})

t.test('a key that is not there, and an alias', async (t) => {
  const { call, makeKey } = await createClient()
  const KeyId = await makeKey({ DKMSInstanceId })
  await call('CreateAlias', { KeyId, AliasName: 'alias/a' })
  for (const [action, input] of [
    ['GetKeyPolicy', {}],
    ['SetKeyPolicy', { Policy: policy }],
  ] as const) {
    const none = await call(action, { KeyId: unknown, ...input })
    t.match({ status: none.status, ...none.body }, { status: 404, Code: 'Forbidden.KeyNotFound' }, action)
    const alias = await call(action, { KeyId: 'alias/a', ...input })
    t.match({ status: alias.status, ...alias.body }, { status: 400, Code: 'Unsupported.Alias' }, action)
  }
})
