// What users may do with which resource; permissions.test.ts has every action for everybody.
import t from 'tap'
import { createUser } from '../../src/core/accounts.ts'
import { putOwnPolicy } from '../../src/core/policies.ts'
import { createClient as createAlibaba } from '../dialects/alibaba/client.ts'
import { createClient as createTencent } from '../dialects/tencent/client.ts'
import { accountId } from '../support/services.ts'
import { addUser } from '../support/users.ts'

t.test('a policy for one key is for that key alone', async (t) => {
  const client = await createTencent()
  const user = await addUser(client.services)
  const [mine, other] = [await client.makeKey({ Alias: 'a' }), await client.makeKey({ Alias: 'b' })]
  const resource = `qcs::kms:ap-guangzhou:uin/${accountId}:key/creatorUin/${accountId}/${mine}`
  await user.allow('kms:*', resource)
  const code = async (KeyId: string) =>
    (await client.call('GenerateDataKey', { KeyId, KeySpec: 'AES_256' }, user)).Error?.Code
  t.equal(await code(mine), undefined)
  t.equal(await code(other), 'UnauthorizedOperation')
  const blob = (await client.call('GenerateDataKey', { KeyId: other, KeySpec: 'AES_256' })).CiphertextBlob
  const denied = await client.call('Decrypt', { CiphertextBlob: blob }, user)
  t.equal(denied.Error?.Code, 'UnauthorizedOperation', 'a blob of another key')
  const moved = await client.call('ReEncrypt', { CiphertextBlob: blob, DestinationKeyId: mine }, user)
  t.equal(moved.Error?.Code, 'UnauthorizedOperation', 'nor by moving it')
  const unknown = '00000000-0000-4000-8000-000000000000'
  t.equal(await code(unknown), 'ResourceUnavailable.CmkNotFound')
})

t.test('users: one of each name; a policy that cannot be used changes nothing', async (t) => {
  const { services } = await createTencent()
  const user = await createUser(services, accountId, 'u')
  t.equal(await createUser(services, accountId, 'u'), undefined)
  if (user === undefined) throw new Error('no user')
  await t.rejects(putOwnPolicy(services, user, '{}'), { name: 'PolicyError' })
  t.same((await services.store.userByName(accountId, 'u'))?.policies, [])
})

t.test(
  'Alibaba: an alias takes permission on the alias, on its key, and on the key it is to name',
  async (t) => {
    const client = await createAlibaba()
    const user = await addUser(client.services)
    const [mine, other] = [await client.makeKey(), await client.makeKey()]
    await client.call('CreateAlias', { KeyId: other, AliasName: 'alias/prod' })
    const ask = async (action: string, input: Readonly<Record<string, unknown>>) =>
      (await client.call(action, input, user)).status
    const arn = (item: string) => `acs:kms:*:*:${item}`
    const move = () => ask('UpdateAlias', { AliasName: 'alias/prod', KeyId: mine })
    await user.allow('kms:*', [arn(`key/${mine}`), arn('alias/*')])
    t.equal(await move(), 403, 'not from a key that is not the user’s')
    t.equal(await ask('DeleteAlias', { AliasName: 'alias/prod' }), 403)
    t.equal(await ask('CreateAlias', { AliasName: 'alias/new', KeyId: mine }), 200)
    await user.allow('kms:*', [arn(`key/${mine}`), arn(`key/${other}`)])
    t.equal(await move(), 403, 'not without the alias')
    t.equal(await ask('CreateAlias', { AliasName: 'alias/more', KeyId: mine }), 403)
    await user.allow('kms:*', [arn('key/*'), arn('alias/prod')])
    t.equal(await move(), 200)
    t.equal(await ask('DeleteAlias', { AliasName: 'alias/prod' }), 200)
    t.equal(await ask('ListAliases', {}), 403)
    await user.allow('kms:ListAliases', arn('alias'))
    t.equal(await ask('ListAliases', {}), 200)
  },
)

t.test('Alibaba: ReEncrypt takes ReEncryptFrom on the one key and ReEncryptTo on the other', async (t) => {
  const client = await createAlibaba()
  const user = await addUser(client.services)
  const [from, to] = [await client.makeKey(), await client.makeKey()]
  const { CiphertextBlob } = (await client.call('GenerateDataKey', { KeyId: from })).body
  const input = { CiphertextBlob, DestinationKeyId: to }
  const ask = async () => (await client.call('ReEncrypt', input, user)).status
  await user.allow(['kms:ReEncryptFrom'])
  t.equal(await ask(), 403)
  await user.allow(['kms:ReEncrypt'])
  t.equal(await ask(), 403)
  await user.allow(['kms:ReEncrypt*'], `acs:kms:*:*:key/${from}`)
  t.equal(await ask(), 403)
  await user.allow(['kms:ReEncryptFrom', 'kms:ReEncryptTo'])
  t.equal(await ask(), 200)
})

t.test('of several keys the first that will not do decides the answer', async (t) => {
  const client = await createTencent()
  const user = await addUser(client.services)
  const KeyId = await client.makeKey()
  const host = { KeyId, KeySpec: 'AES_256', IsHostedByKms: 1, DataKeyName: 'dk' }
  const { DataKeyId } = await client.call('GenerateDataKey', host)
  const unknown = '00000000-0000-4000-8000-000000000000'
  const code = async (action: string, input: object) =>
    (await client.call(action, input, user)).Error?.Code.replace(/.*\./, '')
  t.equal(await code('DescribeKeys', { KeyIds: [KeyId, unknown] }), 'UnauthorizedOperation')
  t.equal(await code('DescribeKeys', { KeyIds: [unknown, KeyId] }), 'CmkNotFound')
  for (const action of ['DescribeDataKeys', 'DisableDataKeys', 'EnableDataKeys']) {
    t.equal(await code(action, { DataKeyIds: [DataKeyId, unknown] }), 'UnauthorizedOperation', action)
    t.equal(await code(action, { DataKeyIds: [unknown, DataKeyId] }), 'DataKeyNotFound', action)
  }
})
