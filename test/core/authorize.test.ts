// What users may do: nothing without a policy, in every action of both dialects, and then what their policy says.
import t from 'tap'
import { createUser } from '../../src/core/accounts.ts'
import { putOwnPolicy } from '../../src/core/policies.ts'
import { createClient as createAlibaba } from '../dialects/alibaba/client.ts'
import { createClient as createTencent } from '../dialects/tencent/client.ts'
import { accountId } from '../support/services.ts'
import { addUser } from '../support/users.ts'

/** Actions that show nothing of an account. */
const open = ['DescribeRegions', 'GetRegions']

t.test('Tencent: without a policy nothing, with one for the action it works', async (t) => {
  const client = await createTencent()
  const { services } = client
  const user = await addUser(services)
  const KeyId = await client.makeKey({ Alias: 'mine' })
  const host = { KeyId, KeySpec: 'AES_256', IsHostedByKms: 1, DataKeyName: 'dk' }
  const { DataKeyId, CiphertextBlob } = await client.call('GenerateDataKey', host)
  const real: Record<string, unknown> = {
    KeyId,
    KeyIds: [KeyId],
    DataKeyId,
    DataKeyIds: [DataKeyId],
    CiphertextBlob,
  }
  for (const { name, example } of client.dialect.actions) {
    const input = Object.fromEntries(
      Object.entries(example.input).map(([field, value]) => [field, real[field] ?? value]),
    )
    if ('HsmClusterId' in input) delete input.HsmClusterId
    const reply = await client.call(name, input, user)
    if (open.includes(name)) t.equal(reply.Error, undefined, name)
    else {
      t.equal(reply.Error?.Code, 'UnauthorizedOperation', name)
      t.match(reply.Error?.Message, `kms:${name}`)
      t.match(reply.Error?.Message, /qcs::kms:ap-guangzhou:uin\/100000000001:key\//)
    }
    await user.allow(`kms:${name}`)
    const allowed = await client.call(name, input, user)
    t.not(allowed.Error?.Code, 'UnauthorizedOperation', `${name} with a policy`)
    await user.allow('kms:None')
  }
})

t.test('Alibaba: the same', async (t) => {
  const client = await createAlibaba()
  const { services } = client
  const user = await addUser(services)
  const KeyId = await client.makeKey()
  await client.call('CreateAlias', { KeyId, AliasName: 'alias/orders' })
  const { CiphertextBlob, KeyVersionId } = (await client.call('GenerateDataKey', { KeyId })).body
  const real: Record<string, unknown> = { KeyId, DestinationKeyId: KeyId, CiphertextBlob, KeyVersionId }
  const ask = async (name: string, input: object) => {
    const fields = { Action: name, ...input, AccessKeyId: user.secretId }
    return client.send({ method: 'GET', rawQuery: client.query(fields, 'GET', user.secret) })
  }
  for (const { name, example } of client.dialect.actions) {
    const input = Object.fromEntries(
      Object.entries(example.input).map(([field, value]) => [field, real[field] ?? value]),
    )
    const { status, body } = await ask(name, input)
    if (open.includes(name)) t.equal(status, 200, name)
    else {
      t.match({ status, Code: body.Code }, { status: 403, Code: 'Forbidden.NoPermission' }, name)
      t.match(
        body.Message,
        /^This operation for acs:kms:cn-hangzhou:100000000001:(key|alias)\S* is forbidden/,
      )
    }
    await user.allow(name === 'ReEncrypt' ? ['kms:ReEncryptFrom', 'kms:ReEncryptTo'] : `kms:${name}`)
    t.not((await ask(name, input)).body.Code, 'Forbidden.NoPermission', `${name} with a policy`)
    await user.allow('kms:None')
  }
  const dry = await ask('GenerateDataKey', { KeyId, DryRun: 'true' })
  t.match({ status: dry.status, Code: dry.body.Code }, { status: 403, Code: 'AccessDeniedError' })
})

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
    const ask = async (Action: string, input: object) => {
      const fields = { Action, ...input, AccessKeyId: user.secretId }
      return (await client.send({ rawQuery: client.query(fields, 'GET', user.secret) })).status
    }
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
  const ask = async () => {
    const fields = { Action: 'ReEncrypt', CiphertextBlob, DestinationKeyId: to, AccessKeyId: user.secretId }
    return (await client.send({ rawQuery: client.query(fields, 'GET', user.secret) })).status
  }
  await user.allow(['kms:ReEncryptFrom'])
  t.equal(await ask(), 403)
  await user.allow(['kms:ReEncrypt'])
  t.equal(await ask(), 403)
  await user.allow(['kms:ReEncrypt*'], `acs:kms:*:*:key/${from}`)
  t.equal(await ask(), 403)
  await user.allow(['kms:ReEncryptFrom', 'kms:ReEncryptTo'])
  t.equal(await ask(), 200)
})
