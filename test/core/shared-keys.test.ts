// Key policies at work: what they open to another account and its users, to users at home, and how that ends.
import { join } from 'node:path'
import t from 'tap'
import { openStore } from '../../src/store/store.ts'
import { rowsOf } from '../support/rows.ts'
import { accountId, clusterIds, otherAccountId } from '../support/services.ts'
import { addSigner, addUser, type Signer } from '../support/users.ts'
import { openAlibaba } from './permissions/alibaba.ts'
import { freshName, type Input, makerFor } from './permissions/row.ts'
import { openTencent } from './permissions/tencent.ts'

const file = join(t.testdir(), 'p11kms.db')
const store = await openStore(`sqlite:${file}`)
t.teardown(() => store.close())
const tencent = await openTencent({ store })
const alibaba = await openAlibaba({ store, hsm: tencent.services.hsm })
const { services } = tencent
const stranger = await addSigner(services, { accountId: otherAccountId })
const owner = makerFor(alibaba)

const noKey = 'Forbidden.KeyNotFound'
const denied = 'Forbidden.NoPermission'
const everyone = `acs:ram::${otherAccountId}:*`

/** All that a key policy can let another account do. */
const shared = [
  'Decrypt',
  'DescribeKey',
  'DescribeKeyVersion',
  'Encrypt',
  'GenerateDataKey',
  'GenerateDataKeyWithoutPlaintext',
  'ListKeyVersions',
  'ReEncrypt',
]

interface Allowance {
  readonly to: string | readonly string[]
  readonly action?: string | readonly string[]
  readonly effect?: 'Allow' | 'Deny'
  readonly resource?: string
}

/** A CMK of the first account that can have a policy, with a blob. */
async function makeKey() {
  const { KeyMetadata } = await owner('CreateKey', { DKMSInstanceId: clusterIds[0] })
  const { KeyId, PrimaryKeyVersion: KeyVersionId, Arn } = KeyMetadata
  const { CiphertextBlob } = await owner('Encrypt', { KeyId, Plaintext: 'text' })
  const share = (...statements: readonly Allowance[]) => {
    const Statement = statements.map(({ to, action = 'kms:*', effect = 'Allow', resource = '*' }) => ({
      Effect: effect,
      Principal: { RAM: to },
      Action: action,
      Resource: resource,
    }))
    return owner('SetKeyPolicy', { KeyId, Policy: JSON.stringify({ Version: '1', Statement }) })
  }
  return { KeyId, KeyVersionId, Arn, CiphertextBlob, share }
}

const code = async (action: string, input: Input, signer: Signer) =>
  (await alibaba.ask(action, input, signer)).code

t.test('the account is let at the key by its ARN, for these actions and no other', async (t) => {
  const { KeyId, KeyVersionId, Arn, CiphertextBlob, share } = await makeKey()
  for (const to of [everyone, `acs:ram::${otherAccountId}:root`]) {
    await share({ to })
    const before = rowsOf(file, accountId)
    for (const { name, input } of alibaba.actions) {
      const given: Input = { KeyId: Arn, DestinationKeyId: Arn, KeyVersionId, CiphertextBlob }
      const fields = Object.keys(given).filter((field) => Object.hasOwn(input.properties, field))
      if (fields.length === 0) continue
      const own = await alibaba.rows[name]?.input(makerFor(alibaba, stranger))
      const theirs = Object.fromEntries(fields.map((field) => [field, given[field]]))
      const wanted = shared.includes(name) ? 'OK' : noKey
      t.equal(await code(name, { ...own, ...theirs }, stranger), wanted, `${name} ${to}`)
    }
    t.same(rowsOf(file, accountId), before, 'nothing of the owner changed')
  }
  t.equal(await code('DescribeKey', { KeyId }, stranger), noKey, 'not by its id alone')
  const { body } = await alibaba.ask('Decrypt', { CiphertextBlob }, stranger)
  t.equal(body.Plaintext, 'text')
  t.match(alibaba.audit.records.at(-1), {
    accountId: otherAccountId,
    keyId: KeyId,
    keyVersionId: KeyVersionId,
  })
})

t.test('each action for itself, and on this key alone', async (t) => {
  const { Arn, CiphertextBlob, share } = await makeKey()
  await share({ to: everyone, action: ['kms:Encrypt', 'kms:Describe*'], resource: Arn })
  t.equal(await code('Encrypt', { KeyId: Arn, Plaintext: 'x' }, stranger), 'OK')
  t.equal(await code('DescribeKey', { KeyId: Arn }, stranger), 'OK')
  t.equal(await code('Decrypt', { CiphertextBlob }, stranger), noKey)
  t.equal(await code('ListKeyVersions', { KeyId: Arn }, stranger), noKey)
  const other = await makeKey()
  t.equal(await code('DescribeKey', { KeyId: other.Arn }, stranger), noKey)
  await share({ to: everyone, resource: other.Arn })
  t.equal(await code('DescribeKey', { KeyId: Arn }, stranger), noKey, 'a statement about another key')
})

t.test('ReEncrypt takes ReEncryptFrom on the one key and ReEncryptTo on the other', async (t) => {
  const { Arn, CiphertextBlob, share } = await makeKey()
  const strangers = makerFor(alibaba, stranger)
  const mine = (await strangers('CreateKey')).KeyMetadata.KeyId
  const own = (await strangers('Encrypt', { KeyId: mine, Plaintext: 'x' })).CiphertextBlob
  const from = () => code('ReEncrypt', { CiphertextBlob, DestinationKeyId: mine }, stranger)
  const to = () => code('ReEncrypt', { CiphertextBlob: own, DestinationKeyId: Arn }, stranger)
  await share({ to: everyone, action: 'kms:ReEncryptFrom' })
  t.same([await from(), await to()], ['OK', noKey])
  await share({ to: everyone, action: 'kms:ReEncryptTo' })
  t.same([await from(), await to()], [noKey, 'OK'])
  await share({ to: everyone, action: ['kms:ReEncrypt', 'kms:Decrypt', 'kms:Encrypt'] })
  t.same([await from(), await to()], [noKey, noKey])
})

t.test('Tencent, whose keys have no ARNs: its blobs open and move, and nothing else', async (t) => {
  const { KeyId, share } = await makeKey()
  const make = makerFor(tencent)
  const { CiphertextBlob, Plaintext } = await make('GenerateDataKey', { KeyId, KeySpec: 'AES_256' })
  const ask = (action: string, input: Input) => tencent.ask(action, input, stranger)
  await share({ to: everyone })
  t.equal((await ask('Decrypt', { CiphertextBlob })).body.Plaintext, Plaintext)
  t.match(await ask('ReEncrypt', { CiphertextBlob }), { code: 'OK', body: { KeyId, SourceKeyId: KeyId } })
  const mine = await makerFor(tencent, stranger)('CreateKey', { Alias: freshName() })
  const moved = await ask('ReEncrypt', { CiphertextBlob, DestinationKeyId: mine.KeyId })
  t.match(moved, { code: 'OK', body: { KeyId: mine.KeyId, SourceKeyId: KeyId } })
  const own = { CiphertextBlob: moved.body.CiphertextBlob, DestinationKeyId: KeyId }
  t.equal((await ask('ReEncrypt', own)).code, 'ResourceUnavailable.CmkNotFound')
  t.equal((await ask('DescribeKey', { KeyId })).code, 'ResourceUnavailable.CmkNotFound')
  const imported = { DataKeyName: freshName(), ImportKeyMaterial: CiphertextBlob, ImportType: 1 }
  t.equal((await ask('ImportDataKey', imported)).code, 'ResourceUnavailable.CmkNotFound')
})

t.test('a user of the other account needs both: the key’s policy and its own', async (t) => {
  const { KeyId, Arn, share } = await makeKey()
  const user = await addUser(services, 'abroad', otherAccountId)
  const describe = () => code('DescribeKey', { KeyId: Arn }, user)
  t.equal(await describe(), noKey, 'neither')
  await user.allow('kms:*')
  t.equal(await describe(), noKey, 'its own alone')
  for (const to of [everyone, `acs:ram::${otherAccountId}:root`, `acs:ram::${otherAccountId}:user/abroad`]) {
    await user.allow('kms:None')
    await share({ to })
    t.equal(await describe(), denied, 'the key’s alone')
    await user.allow('kms:DescribeKey', `acs:kms:*:${accountId}:key/${KeyId}`)
    t.equal(await describe(), 'OK', 'both')
    await user.allow('kms:*', `acs:kms:*:${otherAccountId}:*`)
    t.equal(await describe(), denied, 'its own is for its account’s keys')
  }
  await user.allow('kms:*')
  t.equal(await describe(), 'OK')
  t.equal(await code('DescribeKey', { KeyId: Arn }, stranger), noKey, 'one user is not its account')
  await share({ to: [`acs:ram::${otherAccountId}:user/other`, `acs:ram::${accountId}:user/abroad`] })
  t.equal(await describe(), noKey, 'other users are not this one')
})

t.test('an explicit denial wins, on whichever side', async (t) => {
  const { Arn, KeyId, share } = await makeKey()
  const abroad = await addUser(services, 'barred', otherAccountId)
  const named = `acs:ram::${otherAccountId}:user/barred`
  const describe = (signer: Signer, name = Arn) => alibaba.ask('DescribeKey', { KeyId: name }, signer)
  await abroad.allow('*')
  await share({ to: everyone }, { to: named, effect: 'Deny' })
  t.equal((await describe(abroad)).code, noKey, 'of the key, to a user')
  t.equal((await describe(stranger)).code, 'OK', 'its account is not denied with it')
  await share({ to: named }, { to: everyone, effect: 'Deny', action: 'kms:Describe*' })
  t.equal((await describe(abroad)).code, noKey, 'of the key, to its account')
  await share({ to: [everyone, named] })
  await abroad.put({ effect: 'allow', action: '*' }, { effect: 'deny', action: 'kms:DescribeKey' })
  const own = await describe(abroad)
  t.equal(own.code, denied, 'of the user’s policy')
  const detail = { NoPermissionType: 'ExplicitDeny', PolicyType: 'AccountLevelIdentityBasedPolicy' }
  t.match(own.body.AccessDeniedDetail, { ...detail, AuthPrincipalOwnerId: otherAccountId })

  const home = await addUser(services, 'barred')
  await home.allow('*')
  t.equal((await describe(home, KeyId)).code, 'OK')
  await share({ to: `acs:ram::${accountId}:user/barred` })
  await home.put({ effect: 'deny', action: 'kms:DescribeKey' })
  t.equal((await describe(home, KeyId)).code, denied, 'of the user’s policy, at home')
  await home.allow('*')
  await share({ to: `acs:ram::${accountId}:*`, effect: 'Deny' })
  t.equal((await describe(home, KeyId)).code, denied, 'of the key, at home')
  t.equal((await alibaba.ask('DescribeKey', { KeyId })).code, 'OK', 'the owner itself is never denied')
})

t.test('a policy taken back closes the key at once', async (t) => {
  const { Arn, KeyId, share } = await makeKey()
  await share({ to: everyone })
  const sealed = await alibaba.ask('Encrypt', { KeyId: Arn, Plaintext: 'theirs' }, stranger)
  const { CiphertextBlob } = sealed.body
  const both = async () => [
    await code('DescribeKey', { KeyId: Arn }, stranger),
    await code('Decrypt', { CiphertextBlob }, stranger),
  ]
  t.same(await both(), ['OK', 'OK'])
  await share({ to: `acs:ram::${accountId}:*` })
  t.same(await both(), [noKey, noKey])
  t.equal((await owner('Decrypt', { CiphertextBlob })).Plaintext, 'theirs', 'the owner reads on')
  await share({ to: everyone })
  t.same(await both(), ['OK', 'OK'])
  await owner('DisableKey', { KeyId })
  t.same(await both(), ['OK', 'Rejected.Disabled'], 'its state is seen by those who are let at it')
})

t.test(
  'at home a user that the key names needs no other policy; its account’s name is not enough',
  async (t) => {
    const { KeyId, CiphertextBlob, share } = await makeKey()
    const user = await addUser(services, 'named')
    const make = makerFor(tencent)
    const hosting = { KeyId, KeySpec: 'AES_256', IsHostedByKms: 1, DataKeyName: freshName() }
    const { DataKeyId } = await make('GenerateDataKey', hosting)
    const codes = async () => [
      await code('Decrypt', { CiphertextBlob }, user),
      await code('UpdateKeyDescription', { KeyId, Description: 'x' }, user),
      (await tencent.ask('Encrypt', { KeyId, Plaintext: 'dGVzdA==' }, user)).code,
      (await tencent.ask('GetDataKeyPlaintext', { DataKeyId }, user)).code,
      await code('ListKeys', {}, user),
    ]
    const none = [denied, denied, 'UnauthorizedOperation', 'UnauthorizedOperation', denied]
    await share({ to: [`acs:ram::${accountId}:*`, `acs:ram::${accountId}:root`] })
    t.same(await codes(), none)
    await share({ to: `acs:ram::${accountId}:user/named` })
    t.same(await codes(), ['OK', 'OK', 'OK', 'OK', denied])
    await share({ to: `acs:ram::${accountId}:user/named`, action: ['kms:Decrypt', 'kms:Encrypt'] })
    t.same(await codes(), ['OK', denied, 'OK', 'UnauthorizedOperation', denied])
    await share({ to: `acs:ram::${accountId}:user/other` })
    t.same(await codes(), none)
  },
)
