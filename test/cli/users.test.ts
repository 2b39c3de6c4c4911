// `account`, `user`, `credential` and `policy`: what administrators see and change, while the server runs.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { popCore } from '../support/sdks.ts'
import { startHome } from '../support/server.ts'

const home = await startHome(t)
const root = home.credentials()
const { keyId, accountId } = root
const arn = `acs:kms:cn-hangzhou:${accountId}:key/${keyId}`

/** A command's JSON; throws what it says when it fails. */
async function run(...args: string[]) {
  const { code, stdout, stderr } = await home.run(...args, '--json')
  if (code !== 0) throw new Error(stderr)
  return JSON.parse(stdout)
}

/** A command's lines for people. */
async function say(...args: string[]): Promise<string> {
  return (await home.run(...args)).stdout
}

function policyFile(name: string, ...statement: object[]): string {
  const file = join(home.home, `${name}.json`)
  writeFileSync(file, JSON.stringify({ version: '2.0', statement }))
  return file
}

const as = ({ accessKeyId, secret }: { accessKeyId: string; secret: string }) =>
  popCore({ ...root, alibaba: { ...root.alibaba, accessKeyId, accessKeySecret: secret } })
const generate = (call: ReturnType<typeof as>) => call('GenerateDataKeyWithoutPlaintext', { KeyId: keyId })
const denied = { code: 'Forbidden.NoPermission' }
const inactive = { code: 'InvalidAccessKeyId.Inactive' }

await run('user', 'create', 'ann')
const first = await run('credential', 'create', '--user', 'ann')
const ann = as(first)

t.test('policies under names: attached, changed for all who have them, detached', async (t) => {
  const file = policyFile('use', { effect: 'allow', action: 'kms:GenerateDataKey*', resource: '*' })
  t.match(await run('policy', 'create', 'use-keys', '--file', file), { name: 'use-keys', accountId })
  await t.rejects(generate(ann), denied, 'nobody has it yet')
  t.match(await run('policy', 'attach', 'use-keys', '--user', 'ann'), { name: 'use-keys', attached: true })
  await generate(ann)
  await run('policy', 'attach', 'use-keys', '--user', 'ann')
  const deny = policyFile('no', { sid: 'closed', effect: 'deny', action: 'kms:*', resource: arn })
  await run('policy', 'put', '--user', 'ann', '--file', deny)
  await t.rejects(generate(ann), denied, 'its own policy denies what the other allows')
  t.match(await run('policy', 'list'), {
    policies: [
      { name: 'use-keys', users: ['ann'] },
      { name: 'user/ann', users: ['ann'] },
    ],
  })
  t.equal(await say('policy', 'list'), 'use-keys  ann\nuser/ann  ann\n')
  t.match(await run('policy', 'show', 'user/ann'), { users: ['ann'], document: /"closed"/ })
  t.match(await say('policy', 'show', 'use-keys'), /^use-keys, of \d{4}-\S+Z, for ann\n\{.*GenerateDataKey/)
  await run('policy', 'detach', 'user/ann', '--user', 'ann')
  await generate(ann)
  await run('policy', 'put', '--name', 'use-keys', '--file', deny)
  await t.rejects(generate(ann), denied)
  await run('policy', 'put', '--name', 'use-keys', '--file', file)
  await generate(ann)
})

t.test('simulate: may somebody do something, and which statement says so', async (t) => {
  const conditions = policyFile(
    'office',
    {
      sid: 'office',
      effect: 'allow',
      action: 'kms:Decrypt',
      resource: '*',
      condition: {
        ip_equal: { 'qcs:ip': '10.0.0.0/8' },
        string_equal: { 'kms:EncryptionContext:app': 'pay' },
      },
    },
    { effect: 'deny', action: 'kms:ScheduleKeyDeletion', resource: '*' },
  )
  await run('policy', 'put', '--user', 'ann', '--file', conditions)
  const ask = (action: string, resource: string, ...more: string[]) =>
    run('policy', 'simulate', '--user', 'ann', '--action', action, '--resource', resource, ...more)
  const office = { decision: 'allow', by: 'identity-policy', policy: 'user/ann', statement: 'office' }
  const at = ['--source-ip', '10.1.2.3', '--context', 'app=pay']
  t.same(await ask('kms:Decrypt', keyId, ...at), office)
  t.same(await ask('Decrypt', arn, ...at), office)
  const tencent = `qcs::kms:ap-guangzhou:uin/${accountId}:key/creatorUin/${accountId}/${keyId}`
  t.same(await ask('Decrypt', tencent, ...at), office)
  t.match(await ask('Decrypt', keyId, '--source-ip', '11.1.2.3'), { decision: 'implicit-deny' })
  t.match(await ask('ScheduleKeyDeletion', keyId), { decision: 'explicit-deny', statement: 'statement 2' })
  t.match(await ask('ListKeys', 'keys'), { decision: 'implicit-deny' })
  t.match(await ask('CreateAlias', 'alias/x'), { decision: 'implicit-deny' })
  const question = ['policy', 'simulate', '--action', 'Decrypt', '--resource', keyId]
  t.equal(await say(...question), 'allowed: the account itself may do everything\n')
  t.equal(await say(...question, '--user', 'ann'), 'not allowed: no statement allows it\n')
  t.equal(await say(...question, '--user', 'ann', ...at), 'allowed: policy user/ann, office\n')
  const { code, stderr } = await home.run('policy', 'simulate', '--action', 'Decrypt', '--resource', 'none')
  t.match({ code, stderr }, { code: 1, stderr: 'p11kms: there is no key none\n' })
  t.equal((await home.run(...question, '--context', 'x')).code, 2)
})

t.test('an access key takes the place of another: two at once, no third', async (t) => {
  const second = await run('credential', 'create', '--user', 'ann')
  await generate(ann)
  await generate(as(second))
  const { code, stderr } = await home.run('credential', 'create', '--user', 'ann')
  t.match(
    { code, stderr },
    { code: 1, stderr: 'p11kms: user ann has 2 enabled access keys already: disable one first\n' },
  )
  t.ok(
    (await run('credential', 'create', '--user', 'ann', '--temporary')).token,
    'temporary ones do not count',
  )
  await run('credential', 'disable', second.accessKeyId)
  await t.rejects(generate(as(second)), inactive)
  t.ok((await run('credential', 'create', '--user', 'ann')).secret)
  const shown = await run('user', 'show', 'ann')
  t.match(shown, { name: 'ann', status: 'Active', policies: ['use-keys', 'user/ann'] })
  t.equal(shown.accessKeyIds.length, 4)
  const full = await home.run('credential', 'create', '--root')
  t.match(full.stderr, /^p11kms: account 100000000001 has 2 enabled access keys already/)
})

t.test('disabled users and accounts are refused at once, and taken back', async (t) => {
  t.match(await run('user', 'disable', 'ann'), { name: 'ann', status: 'Disabled' })
  await t.rejects(generate(ann), inactive)
  t.match(await say('user', 'list'), /^ann {2}Disabled {2}use-keys, user\/ann\n$/)
  t.equal(await say('user', 'enable', 'ann'), 'user ann is enabled\n')
  await generate(ann)
  const tenant = await run('account', 'create', 'tenant')
  const call = as(tenant)
  t.match(await call('ListKeys', {}), { TotalCount: 0 })
  t.equal(await say('account', 'disable', tenant.accountId), `account ${tenant.accountId} is disabled\n`)
  await t.rejects(call('ListKeys', {}), inactive)
  t.match((await run('account', 'list')).accounts, [
    { accountId, name: 'root', status: 'Active' },
    { accountId: tenant.accountId, name: 'tenant', status: 'Disabled' },
  ])
  await run('account', 'enable', tenant.accountId)
  await call('ListKeys', {})
  t.match(await run('account', 'show', accountId), { users: ['ann'], accessKeyIds: { length: 2 } })
  t.match(await say('account', 'show', tenant.accountId), /\(tenant\), Active, made .*\nusers: none\naccess/)
})

t.test('refusals in one line', async (t) => {
  const file = join(home.home, 'use.json')
  const cases: [string[], RegExp][] = [
    [['policy', 'create', 'use-keys', '--file', file], /there is a policy use-keys already/],
    [['policy', 'create', 'user/x', '--file', file], /a policy name is 1 to 128 letters/],
    [['policy', 'attach', 'none', '--user', 'ann'], /account \d+ has no policy none/],
    [['policy', 'attach', 'user/ann', '--user', 'ann'], /a policy name is/],
    [['policy', 'detach', 'none', '--user', 'ann'], /user ann has no policy none/],
    [['policy', 'put', '--name', 'none', '--file', file], /account \d+ has no policy none/],
    [['policy', 'show', 'none'], /account \d+ has no policy none/],
    [['user', 'show', 'none'], /account \d+ has no user none/],
    [['user', 'disable', 'none'], /account \d+ has no user none/],
    [['account', 'show', '1'], /there is no account 1/],
    [['account', 'disable', '1'], /there is no account 1/],
    [['credential', 'list', '--user', 'none'], /account \d+ has no user none/],
  ]
  for (const [args, message] of cases) {
    const { code, stderr, stdout } = await home.run(...args)
    t.match({ code, stdout }, { code: 1, stdout: '' }, args.join(' '))
    t.match(stderr, new RegExp(`^p11kms: .*${message.source}.*\\n$`))
  }
  const both = ['policy', 'put', '--name', 'a', '--user', 'ann', '--file', file]
  t.match(await home.run(...both), { code: 2, stderr: /either --user <name> or --name <name>/ })
})

t.test('when each access key was last used, also after the server has stopped', async (t) => {
  await home.server.stop()
  const { credentials } = await run('credential', 'list')
  const find = (id: string) => credentials.find((row: { accessKeyId: string }) => row.accessKeyId === id)
  t.match(find(first.accessKeyId), { user: 'ann', status: 'Active', expiresAt: null })
  t.ok(Math.abs(find(first.accessKeyId).lastUsedAt - Date.now()) < 600_000)
  t.match(find(root.alibaba.accessKeyId), { user: null, lastUsedAt: null }, 'never used')
  t.equal((await run('credential', 'list', '--user', 'ann')).credentials.length, 4)
  const lines = await say('credential', 'list', '--user', 'ann')
  t.match(lines, /^AKID\w{32} {2}ann {2}Active {2}last used \d{4}-\S+Z\n/)
  t.match(lines, /last used never {2}expires \d{4}-\S+Z\n/)
})
