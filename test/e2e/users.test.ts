// The page's key distributor and data plane (GenerateDataKeyWithoutPlaintext): users made by the commands, while the
// server runs, each with the one permission it needs, in both dialects.
import { renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import type { CredentialsFile } from '../../src/cli/credentials-file.ts'
import { openapiCore, popCore, tencentSdk } from '../support/sdks.ts'
import { startHome } from '../support/server.ts'

const home = await startHome(t)
const root = home.credentials()
const { keyId } = root

/** Makes a user with a policy and an access key; the credentials of a client that is that user. */
async function makeUser(name: string, policy: object): Promise<CredentialsFile> {
  const file = join(home.home, `${name}.json`)
  writeFileSync(file, JSON.stringify(policy))
  const run = async (...args: string[]) => {
    const { code, stdout, stderr } = await home.run(...args, '--json')
    if (code !== 0) throw new Error(stderr)
    return JSON.parse(stdout)
  }
  await run('user', 'create', name)
  await run('policy', 'put', '--user', name, '--file', file)
  const { accessKeyId, secret } = await run('credential', 'create', '--user', name)
  return {
    ...root,
    tencent: { ...root.tencent, secretId: accessKeyId, secretKey: secret },
    alibaba: { ...root.alibaba, accessKeyId, accessKeySecret: secret },
  }
}

const statement = (action: string, resource: string) => ({
  statement: [{ effect: 'allow', action: [action], resource: [resource] }],
})
const arn = `acs:kms:cn-hangzhou:${root.accountId}:key/${keyId}`
const distributor = await makeUser('distributor', statement('kms:GenerateDataKeyWithoutPlaintext', arn))
const dataPlane = await makeUser(
  'data-plane',
  statement('kms:Decrypt', `qcs::kms:*:uin/${root.accountId}:key/creatorUin/*/${keyId}`),
)

t.test('the distributor makes keys it never sees, the data plane opens them', async (t) => {
  const made = await openapiCore(distributor)('GenerateDataKeyWithoutPlaintext', { KeyId: keyId })
  t.notOk('Plaintext' in made)
  const opened = await popCore(dataPlane)('Decrypt', { CiphertextBlob: made.CiphertextBlob })
  t.equal(Buffer.from(String(opened.Plaintext), 'base64').length, 32)
})

t.test('neither can do the other’s work, nor anything else', async (t) => {
  const { CiphertextBlob } = await popCore(root)('GenerateDataKey', { KeyId: keyId })
  const denied = { code: 'Forbidden.NoPermission', data: { Message: new RegExp(arn) } }
  await t.rejects(popCore(distributor)('Decrypt', { CiphertextBlob }), denied)
  await t.rejects(popCore(distributor)('GenerateDataKey', { KeyId: keyId }), denied)
  await t.rejects(popCore(dataPlane)('GenerateDataKeyWithoutPlaintext', { KeyId: keyId }), denied)
  await t.rejects(popCore(dataPlane)('GenerateDataKey', { KeyId: keyId }), denied)
  for (const user of [distributor, dataPlane]) {
    for (const action of ['ListKeys', 'CreateKey', 'ListAliases'])
      await t.rejects(popCore(user)(action, {}), { code: 'Forbidden.NoPermission' })
    await t.rejects(popCore(user)('ScheduleKeyDeletion', { KeyId: keyId, PendingWindowInDays: 7 }), denied)
  }
})

t.test('Tencent’s dialect keeps to the same policy', async (t) => {
  const denied = { code: 'UnauthorizedOperation', message: /kms:GenerateDataKey/ }
  for (const user of [distributor, dataPlane])
    await t.rejects(tencentSdk(user)('GenerateDataKey', { KeyId: keyId, KeySpec: 'AES_256' }), denied)
  const made = await tencentSdk(root)('GenerateDataKey', { KeyId: keyId, KeySpec: 'AES_256' })
  const opened = await tencentSdk(dataPlane)('Decrypt', { CiphertextBlob: made.CiphertextBlob })
  t.equal(opened.Plaintext, made.Plaintext)
  await t.rejects(tencentSdk(distributor)('Decrypt', { CiphertextBlob: made.CiphertextBlob }), {
    code: 'UnauthorizedOperation',
  })
})

t.test('DryRun tells who may', async (t) => {
  const dry = { KeyId: keyId, DryRun: true }
  const would = { code: 'DryRunOperationError' }
  const denied = { code: 'AccessDeniedError' }
  await t.rejects(popCore(distributor)('GenerateDataKeyWithoutPlaintext', dry), would)
  await t.rejects(popCore(distributor)('GenerateDataKey', dry), denied)
  await t.rejects(popCore(dataPlane)('GenerateDataKey', dry), denied)
})

t.test('a changed policy and a disabled access key count at once', async (t) => {
  const file = join(home.home, 'more.json')
  writeFileSync(file, JSON.stringify(statement('kms:GenerateDataKey*', '*')))
  t.equal((await home.run('policy', 'put', '--user', 'distributor', '--file', file)).code, 0)
  t.ok((await popCore(distributor)('GenerateDataKey', { KeyId: keyId })).Plaintext)
  const { accessKeyId } = distributor.alibaba
  t.equal((await home.run('credential', 'disable', accessKeyId)).code, 0)
  await t.rejects(popCore(distributor)('GenerateDataKey', { KeyId: keyId }), {
    code: 'InvalidAccessKeyId.Inactive',
  })
  await t.rejects(tencentSdk(distributor)('ListKeys', {}), { code: 'AuthFailure.SecretIdNotFound' })
})

t.test('temporary credentials: good with their token, until they expire', async (t) => {
  const { stdout } = await home.run(
    'credential',
    'create',
    '--user',
    'distributor',
    '--temporary',
    '--ttl',
    '3',
    '--json',
  )
  const { accessKeyId, secret, token } = JSON.parse(stdout)
  t.match(token, /^\w{64}$/)
  const as = (given?: string): CredentialsFile => ({
    ...root,
    tencent: {
      ...root.tencent,
      secretId: accessKeyId,
      secretKey: secret,
      ...(given === undefined ? {} : { token: given }),
    },
    alibaba: {
      ...root.alibaba,
      accessKeyId,
      accessKeySecret: secret,
      ...(given === undefined ? {} : { securityToken: given }),
    },
  })
  const tencent = (given?: string) =>
    tencentSdk(as(given))('GenerateDataKey', { KeyId: keyId, KeySpec: 'AES_256' })
  const alibaba = (given?: string) => popCore(as(given))('GenerateDataKey', { KeyId: keyId })
  t.ok((await tencent(token)).Plaintext)
  t.ok((await alibaba(token)).Plaintext)
  for (const wrong of [undefined, 'wrong']) {
    await t.rejects(tencent(wrong), { code: 'AuthFailure.TokenFailure' })
    await t.rejects(alibaba(wrong), {
      code: wrong === undefined ? 'MissingSecurityToken' : 'InvalidSecurityToken.MismatchWithAccessKey',
    })
  }
  await new Promise((resolve) => setTimeout(resolve, 3000))
  await t.rejects(tencent(token), { code: 'AuthFailure.TokenFailure' })
  await t.rejects(alibaba(token), { code: 'InvalidSecurityToken.Expired' })
  t.equal((await home.run('credential', 'create', '--user', 'distributor', '--ttl', '0')).code, 2)
})

t.test('another account sees nothing of this one', async (t) => {
  const { code, stdout } = await home.run('account', 'create', 'tenant', '--json')
  t.equal(code, 0)
  const { accountId, accessKeyId, secret } = JSON.parse(stdout)
  t.match(accountId, /^\d{12}$/)
  const tenant = { ...root, tencent: { ...root.tencent, secretId: accessKeyId, secretKey: secret } }
  const call = tencentSdk(tenant)
  t.equal((await call('ListKeys', {})).TotalCount, 0)
  await t.rejects(call('DescribeKey', { KeyId: keyId }), { code: 'ResourceUnavailable.CmkNotFound' })
  const { KeyId } = await call('CreateKey', { Alias: 'sample' })
  t.match(await call('DescribeKey', { KeyId }), { KeyMetadata: { CreatorUinString: accountId } })
  await t.rejects(tencentSdk(root)('DescribeKey', { KeyId }), { code: 'ResourceUnavailable.CmkNotFound' })
})

t.test('an access key is refused, and a policy replaced, when no token can be opened', async (t) => {
  const { accessKeyId } = dataPlane.alibaba
  renameSync(join(home.home, 'tokens'), join(home.home, 'away'))
  const { code, stderr } = await home.run('credential', 'disable', accessKeyId)
  const put = await home.run('policy', 'put', '--user', 'data-plane', '--file', join(home.home, 'more.json'))
  renameSync(join(home.home, 'away'), join(home.home, 'tokens'))
  t.equal(code, 0, stderr)
  t.equal(put.code, 0, put.stderr)
})

t.test('the commands: what they print, and refusals in one line', async (t) => {
  const { stdout } = await home.run('user', 'create', 'third', '--json')
  t.match(JSON.parse(stdout), { name: 'third', accountId: root.accountId, userId: /^[0-9a-f-]{36}$/ })
  const lines = await home.run('credential', 'create', '--user', 'third')
  t.match(lines.stdout, /^access key AKID\w{32}\nsecret \w{32} {2}\(shown this once\)\n$/)
  const bad = join(home.home, 'bad.json')
  writeFileSync(
    bad,
    JSON.stringify({ statement: { effect: 'allow', action: '*', resource: '*', Principal: '*' } }),
  )
  const cases: [string[], RegExp][] = [
    [['user', 'create', 'distributor'], /^p11kms: there is a user distributor already\n$/],
    [['user', 'create', 'x', '--account', '1'], /^p11kms: there is no account 1\n$/],
    [['credential', 'create', '--user', 'none'], /^p11kms: account \d+ has no user none\n$/],
    [['credential', 'disable', 'AKIDnone'], /^p11kms: there is no access key AKIDnone\n$/],
    [['policy', 'put', '--user', 'distributor', '--file', '/none'], /^p11kms: \/none cannot be read\n$/],
    [
      ['policy', 'put', '--user', 'distributor', '--file', bad],
      /^p11kms: statement 1: the element principal is not supported\n$/,
    ],
  ]
  for (const [args, stderr] of cases)
    t.match(await home.run(...args), { code: 1, stdout: '', stderr }, args.join(' '))
  for (const args of [['policy', 'put', '--user', 'x'], ['credential', 'create'], ['user'], ['account']])
    t.equal((await home.run(...args)).code, 2, args.join(' '))
  t.match((await home.run('policy', 'put', '--help')).stdout, /Example of a policy/)
})
