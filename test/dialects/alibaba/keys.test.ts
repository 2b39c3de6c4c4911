// CMKs, their states, aliases, versions and listings, through the whole dialect.
import t from 'tap'
import { plainKey } from '../../support/keys.ts'
import { accountId, clusterIds, hasTags, startTime } from '../../support/services.ts'
import { requestId } from '../../support/wire.ts'
import { createClient, region } from './client.ts'

const day = 86_400_000
const nobody = '00000000-0000-4000-8000-000000000000'
const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/
const done = { RequestId: requestId }

t.test('every action’s example fits its own schemas', async (t) => {
  const { dialect } = await createClient()
  const { Ajv } = await import('ajv')
  const ajv = new Ajv({ strict: false })
  for (const { name, input, output, example, summary } of dialect.actions) {
    t.ok(ajv.validate(input, example.input), `${name} input`)
    t.ok(ajv.validate({ ...output, additionalProperties: false }, example.output), `${name} output`)
    t.ok(summary.length > 10)
    for (const [field, schema] of Object.entries(input.properties)) {
      t.ok((schema as { description?: string }).description, `${name} ${field} is described`)
    }
  }
})

t.test('CreateKey: the defaults', async (t) => {
  const { call } = await createClient()
  const { KeyMetadata } = (await call('CreateKey')).body
  t.match(KeyMetadata.KeyId, uuid)
  t.match(KeyMetadata.PrimaryKeyVersion, uuid)
  const { KeyId, PrimaryKeyVersion } = KeyMetadata
  t.same(KeyMetadata, {
    KeyId,
    Arn: `acs:kms:${region}:${accountId}:key/${KeyId}`,
    KeySpec: 'Aliyun_AES_256',
    KeyUsage: 'ENCRYPT/DECRYPT',
    KeyState: 'Enabled',
    Origin: 'Aliyun_KMS',
    ProtectionLevel: 'SOFTWARE',
    PrimaryKeyVersion,
    Creator: accountId,
    CreationDate: '2026-01-02T03:04:05Z',
    LastRotationDate: '2026-01-02T03:04:05Z',
    AutomaticRotation: 'Disabled',
    Description: '',
    DeleteDate: '',
    MaterialExpireTime: '',
    DeletionProtection: 'Disabled',
    DeletionProtectionDescription: '',
  })
  t.same((await call('DescribeKey', { KeyId })).body.KeyMetadata, KeyMetadata)
})

t.test('CreateKey: everything that may be said', async (t) => {
  const { call, services } = await createClient()
  const { KeyMetadata } = (
    await call('CreateKey', {
      KeySpec: 'Aliyun_AES_256',
      KeyUsage: 'ENCRYPT/DECRYPT',
      Origin: 'Aliyun_KMS',
      ProtectionLevel: 'HSM',
      Description: 'x'.repeat(8192),
      EnableAutomaticRotation: 'false',
      RotationInterval: '7d',
      Tags: JSON.stringify([{ TagKey: 'env', TagValue: 'dev' }, { TagKey: 'empty' }]),
      DKMSInstanceId: clusterIds[1],
    })
  ).body
  t.match(KeyMetadata, { ProtectionLevel: 'HSM', DKMSInstanceId: clusterIds[1] })
  t.equal(KeyMetadata.Description.length, 8192)
  t.ok(await hasTags(services, KeyMetadata.KeyId, { env: 'dev', empty: '' }))
})

t.test('CreateKey: what is refused', async (t) => {
  const { call } = await createClient({ quotas: { cmk: 1, dataKey: null } })
  const unsupported = 'UnsupportedOperation'
  const invalid = 'InvalidParameter'
  const tags = (...list: unknown[]) => ({ Tags: JSON.stringify(list) })
  const cases: [code: string, input: Record<string, unknown>][] = [
    ...[
      'Aliyun_AES_128',
      'Aliyun_AES_192',
      'Aliyun_SM4',
      'RSA_2048',
      'RSA_3072',
      'RSA_4096',
      'EC_P256',
      'EC_SM2',
    ].map((KeySpec): [string, object & Record<string, unknown>] => [unsupported, { KeySpec }]),
    [invalid, { KeySpec: 'AES_256' }],
    [invalid, { KeySpec: 'aliyun_aes_256' }],
    [unsupported, { KeyUsage: 'SIGN/VERIFY' }],
    [invalid, { KeyUsage: 'ENCRYPT_DECRYPT' }],
    [unsupported, { Origin: 'EXTERNAL' }],
    [invalid, { Origin: 'aliyun_kms' }],
    ['MissingParameter', { EnableAutomaticRotation: 'true' }],
    [invalid, { RotationInterval: '6d', EnableAutomaticRotation: 'true' }],
    [invalid, { RotationInterval: '731d', EnableAutomaticRotation: 'true' }],
    [invalid, { RotationInterval: '7w', EnableAutomaticRotation: 'true' }],
    [invalid, { EnableAutomaticRotation: 'yes' }],
    [invalid, { ProtectionLevel: 'hsm' }],
    [invalid, { Description: 'x'.repeat(8193) }],
    [invalid, { Tags: 'x' }],
    [invalid, { Tags: '{}' }],
    [invalid, tags(null)],
    [invalid, tags('x')],
    [invalid, tags({ TagValue: 'x' })],
    [invalid, tags({ TagKey: '' })],
    [invalid, tags({ TagKey: 1 })],
    [invalid, tags({ TagKey: 'aliyunx' })],
    [invalid, tags({ TagKey: 'acs:x' })],
    [invalid, tags({ TagKey: 'a', TagValue: '<' })],
    [invalid, tags({ TagKey: 'x'.repeat(129) })],
    [invalid, tags({ TagKey: 'a' }, { TagKey: 'a' })],
    [invalid, tags(...Array.from({ length: 21 }, (_, index) => ({ TagKey: `k${index}` })))],
    ['Forbidden.DKMSInstanceNotFound', { DKMSInstanceId: 'cls-hsm-unknown1' }],
  ]
  for (const [Code, input] of cases) {
    const { status, body } = await call('CreateKey', input)
    t.match(body, { Code }, JSON.stringify(input).slice(0, 80))
    t.equal(status, Code.startsWith('Forbidden') ? 403 : 400)
    if (Code === invalid)
      t.match(body.Message, `The specified parameter ${Object.keys(input)[0]} is not valid.`)
  }
  t.equal((await call('CreateKey')).status, 200)
  t.match(await call('CreateKey'), { status: 400, body: { Code: 'Rejected.LimitExceeded' } })
})

t.test('DescribeKey: by id, alias and ARN; what is not there', async (t) => {
  const { call, makeKey } = await createClient()
  const KeyId = await makeKey()
  await call('CreateAlias', { AliasName: 'alias/orders', KeyId })
  const arn = (resource: string) => `acs:kms:${region}:${accountId}:${resource}`
  for (const name of [KeyId, 'alias/orders', arn(`key/${KeyId}`), arn('alias/orders')]) {
    t.equal((await call('DescribeKey', { KeyId: name })).body.KeyMetadata.KeyId, KeyId, name)
  }
  for (const [name, Code] of [
    [nobody, 'Forbidden.KeyNotFound'],
    [KeyId.toUpperCase(), 'Forbidden.KeyNotFound'],
    ['orders', 'Forbidden.KeyNotFound'],
    [`acs:kms:cn-beijing:${accountId}:key/${KeyId}`, 'Forbidden.KeyNotFound'],
    ['alias/none', 'Forbidden.AliasNotFound'],
    ['alias/Orders', 'Forbidden.AliasNotFound'],
  ]) {
    t.match(await call('DescribeKey', { KeyId: name }), { status: 404, body: { Code } })
  }
})

t.test('another account’s key is not there', async (t) => {
  const { call, makeKey, kms } = await createClient()
  const key = await kms.createKey(
    { accountId: '100000000002', accessKeyId: 'x', action: 'kms:Test' },
    { ...plainKey, alias: 'a' },
  )
  const missing = { status: 404, body: { Code: 'Forbidden.KeyNotFound' } }
  t.match(await call('DescribeKey', { KeyId: key.id }), missing)
  t.match(await call('GenerateDataKey', { KeyId: key.id }), missing)
  t.match(await call('DisableKey', { KeyId: key.id }), missing)
  t.match(await call('DescribeKey', { KeyId: 'alias/a' }), { body: { Code: 'Forbidden.AliasNotFound' } })
  t.equal((await call('ListKeys')).body.TotalCount, 0)
  const KeyId = await makeKey()
  t.same(await call('CreateAlias', { AliasName: 'alias/a', KeyId }).then(({ body }) => body), done)
})

t.test('the states of a key, and what each allows', async (t) => {
  const { call, makeKey, services } = await createClient()
  const PendingWindowInDays = 7
  const failed = 'Rejected.StateModifiedFailed'
  const pending = 'Rejected.PendingDeletion'
  const states: Record<string, Record<string, string | undefined>> = {
    Enabled: { CancelKeyDeletion: failed },
    Disabled: { CancelKeyDeletion: failed, Encrypt: 'Rejected.Disabled', Decrypt: 'Rejected.Disabled' },
    PendingDeletion: {
      EnableKey: failed,
      DisableKey: failed,
      ScheduleKeyDeletion: failed,
      CreateAlias: failed,
      UpdateAlias: pending,
      UpdateKeyDescription: pending,
      Encrypt: pending,
      Decrypt: pending,
    },
    Unavailable: {
      EnableKey: failed,
      DisableKey: failed,
      CancelKeyDeletion: failed,
      Encrypt: 'Rejected.Unavailable',
    },
  }
  const after: Record<string, string> = {
    EnableKey: 'Enabled',
    DisableKey: 'Disabled',
    ScheduleKeyDeletion: 'PendingDeletion',
    CancelKeyDeletion: 'Enabled',
  }
  for (const [state, refusals] of Object.entries(states)) {
    for (const action of [
      'EnableKey',
      'DisableKey',
      'ScheduleKeyDeletion',
      'CancelKeyDeletion',
      'CreateAlias',
      'UpdateAlias',
      'DeleteAlias',
      'UpdateKeyDescription',
      'Encrypt',
      'GenerateDataKey',
      'GenerateDataKeyWithoutPlaintext',
      'Decrypt',
      'ReEncrypt',
      'DescribeKey',
      'ListAliasesByKeyId',
      'ListKeyVersions',
    ]) {
      const KeyId = await makeKey()
      const AliasName = `alias/${state}/${action}`
      const other = action === 'UpdateAlias' ? await makeKey() : KeyId
      if (action.endsWith('Alias') && action !== 'CreateAlias')
        await call('CreateAlias', { AliasName, KeyId: other })
      const { CiphertextBlob } = (await call('GenerateDataKey', { KeyId })).body
      if (state === 'Disabled') await call('DisableKey', { KeyId })
      if (state === 'PendingDeletion') await call('ScheduleKeyDeletion', { KeyId, PendingWindowInDays })
      if (state === 'Unavailable')
        await services.store.transact((writer) => writer.setState(KeyId, 'Archived', null))
      const inputs: Record<string, object> = {
        ScheduleKeyDeletion: { KeyId, PendingWindowInDays },
        UpdateKeyDescription: { KeyId, Description: 'x' },
        Encrypt: { KeyId, Plaintext: 'x' },
        Decrypt: { CiphertextBlob },
        ReEncrypt: { CiphertextBlob, DestinationKeyId: KeyId },
        DeleteAlias: { AliasName },
      }
      const input = inputs[action] ?? (action.endsWith('Alias') ? { KeyId, AliasName } : { KeyId })
      const use = /^(Generate|ReEncrypt)/.test(action) ? 'Encrypt' : action
      const { status, body } = await call(action, { ...input })
      t.equal(body.Code, refusals[use], `${action} when ${state}`)
      t.equal(status, refusals[use] === undefined ? 200 : 409)
      const now = (await call('DescribeKey', { KeyId })).body.KeyMetadata.KeyState
      t.equal(
        now,
        refusals[use] === undefined ? (after[action] ?? state) : state,
        `after ${action} when ${state}`,
      )
    }
  }
})

t.test('a scheduled deletion shows its date, can be cancelled, and comes', async (t) => {
  const { call, makeKey, clock } = await createClient()
  const KeyId = await makeKey()
  for (const PendingWindowInDays of ['6', '367', '-7', '7.5', 'x']) {
    const reply = await call('ScheduleKeyDeletion', { KeyId, PendingWindowInDays })
    t.match(reply, { status: 400, body: { Code: 'InvalidParameter', Message: /PendingWindowInDays/ } })
  }
  t.match(await call('ScheduleKeyDeletion', { KeyId }), { body: { Code: 'MissingParameter' } })
  t.same((await call('ScheduleKeyDeletion', { KeyId, PendingWindowInDays: 366 })).body, done)
  const describe = async () => (await call('DescribeKey', { KeyId })).body
  t.match((await describe()).KeyMetadata, { KeyState: 'PendingDeletion', DeleteDate: '2027-01-03T03:04:05Z' })
  t.same((await call('CancelKeyDeletion', { KeyId })).body, done)
  t.match((await describe()).KeyMetadata, { KeyState: 'Enabled', DeleteDate: '' })
  await call('ScheduleKeyDeletion', { KeyId, PendingWindowInDays: 7 })
  clock.set(startTime + 7 * day)
  t.equal((await describe()).Code, 'Forbidden.KeyNotFound')
})

t.test('calls that document a global id only refuse an alias, and take an ARN', async (t) => {
  const { call, makeKey } = await createClient()
  const KeyId = await makeKey()
  await call('CreateAlias', { AliasName: 'alias/a', KeyId })
  const inputs: Record<string, object> = {
    DisableKey: {},
    EnableKey: {},
    UpdateKeyDescription: { Description: 'x' },
    CreateAlias: { AliasName: 'alias/b' },
    UpdateAlias: { AliasName: 'alias/a' },
    ListAliasesByKeyId: {},
    ScheduleKeyDeletion: { PendingWindowInDays: 7 },
    CancelKeyDeletion: {},
  }
  for (const [action, input] of Object.entries(inputs)) {
    const refused = { status: 400, body: { Code: 'Unsupported.Alias' } }
    t.match(await call(action, { ...input, KeyId: 'alias/a' }), refused, action)
    const KeyArn = `acs:kms:${region}:${accountId}:key/${KeyId}`
    t.equal((await call(action, { ...input, KeyId: KeyArn })).status, 200, action)
    t.match(await call(action, { ...input, KeyId: nobody }), { status: 404 }, action)
  }
})

t.test('a description can be changed and taken away', async (t) => {
  const { call, makeKey } = await createClient()
  const KeyId = await makeKey({ Description: 'first' })
  const description = async () => (await call('DescribeKey', { KeyId })).body.KeyMetadata.Description
  t.same((await call('UpdateKeyDescription', { KeyId, Description: '第二' })).body, done)
  t.equal(await description(), '第二')
  t.same((await call('UpdateKeyDescription', { KeyId, Description: '' })).body, done)
  t.equal(await description(), '', 'zero characters are within 0 to 8192')
  t.match(await call('UpdateKeyDescription', { KeyId }), { body: { Code: 'MissingParameter' } })
  const long = await call('UpdateKeyDescription', { KeyId, Description: 'x'.repeat(8193) })
  t.match(long, { status: 400, body: { Code: 'InvalidParameter', Message: /Description/ } })
})

t.test('aliases: made, moved, listed, taken away', async (t) => {
  const { call, makeKey } = await createClient()
  const [first, second] = [await makeKey(), await makeKey()]
  t.same((await call('CreateAlias', { AliasName: 'alias/b', KeyId: first })).body, done)
  await call('CreateAlias', { AliasName: 'alias/a', KeyId: first })
  const alias = (name: string, KeyId: string) => ({
    AliasName: `alias/${name}`,
    AliasArn: `acs:kms:${region}:${accountId}:alias/${name}`,
    KeyId,
  })
  t.same((await call('ListAliases')).body, {
    Aliases: { Alias: [alias('a', first), alias('b', first)] },
    PageNumber: 1,
    PageSize: 10,
    TotalCount: 2,
    RequestId: requestId,
  })
  t.same((await call('UpdateAlias', { AliasName: 'alias/b', KeyId: second })).body, done)
  t.same((await call('ListAliasesByKeyId', { KeyId: second })).body.Aliases, { Alias: [alias('b', second)] })
  const page = (await call('ListAliases', { PageNumber: 2, PageSize: 1 })).body
  t.match(page, { Aliases: { Alias: [alias('b', second)] }, PageNumber: 2, PageSize: 1, TotalCount: 2 })
  t.same((await call('DeleteAlias', { AliasName: 'alias/b' })).body, done)
  t.match(await call('DescribeKey', { KeyId: 'alias/b' }), { status: 404 })

  const taken = await call('CreateAlias', { AliasName: 'alias/a', KeyId: second })
  t.match(taken, { status: 400, body: { Code: 'AliasAlreadyExists' } })
  const missing = { status: 404, body: { Code: 'Forbidden.AliasNotFound' } }
  t.match(await call('DeleteAlias', { AliasName: 'alias/b' }), missing)
  t.match(await call('UpdateAlias', { AliasName: 'alias/b', KeyId: first }), missing)
  for (const AliasName of ['a', 'alias/', 'alias/acs/x', 'alias/a b', `alias/${'x'.repeat(256)}`]) {
    for (const action of ['CreateAlias', 'UpdateAlias', 'DeleteAlias']) {
      const reply = await call(action, { AliasName, KeyId: first })
      t.match(reply, { status: 400, body: { Code: 'InvalidParameter', Message: /AliasName/ } }, AliasName)
    }
  }
})

t.test('versions', async (t) => {
  const { call, makeKey } = await createClient()
  const KeyId = await makeKey()
  await call('CreateAlias', { AliasName: 'alias/a', KeyId })
  const { PrimaryKeyVersion: KeyVersionId } = (await call('DescribeKey', { KeyId })).body.KeyMetadata
  const version = { KeyId, KeyVersionId, CreationDate: '2026-01-02T03:04:05Z' }
  t.same((await call('DescribeKeyVersion', { KeyId, KeyVersionId })).body.KeyVersion, version)
  t.match((await call('ListKeyVersions', { KeyId: 'alias/a' })).body, {
    KeyVersions: { KeyVersion: [version] },
    PageNumber: 1,
    PageSize: 10,
    TotalCount: 1,
  })
  t.equal((await call('ListKeyVersions', { KeyId, PageSize: 101 })).status, 200, 'the page says 0 to 101')
  t.equal((await call('ListKeyVersions', { KeyId, PageSize: 102 })).body.Code, 'InvalidParameter')
  const other = await makeKey()
  for (const input of [
    { KeyId, KeyVersionId: nobody },
    { KeyId: other, KeyVersionId },
  ]) {
    const missing = { status: 404, body: { Code: 'Forbidden.KeyVersionNotFound' } }
    t.match(await call('DescribeKeyVersion', input), missing)
  }
  t.match(await call('ListKeyVersions', { KeyId: nobody }), { body: { Code: 'Forbidden.KeyNotFound' } })
})

t.test('ListKeys: newest first, by pages', async (t) => {
  const { call, makeKey } = await createClient()
  const ids = [await makeKey(), await makeKey(), await makeKey()].reverse()
  const list = async (input: object) => {
    const { Keys, TotalCount } = (await call('ListKeys', { ...input })).body
    t.equal(TotalCount, 3)
    return Keys.Key.map(({ KeyId }: { KeyId: string }) => KeyId)
  }
  t.same(await list({}), ids)
  t.same(await list({ PageSize: 2 }), ids.slice(0, 2))
  t.same(await list({ PageSize: 2, PageNumber: 2 }), ids.slice(2))
  t.same(await list({ PageSize: 100, PageNumber: 999_999_999_999_999 }), [])
  const first = (await call('ListKeys', { PageSize: 1 })).body.Keys.Key[0]
  t.same(first, { KeyId: ids[0], KeyArn: `acs:kms:${region}:${accountId}:key/${ids[0]}` })
  for (const input of [
    { PageNumber: 0 },
    { PageNumber: 'x' },
    { PageSize: 0 },
    { PageSize: 101 },
    { PageSize: -1 },
  ]) {
    t.match(await call('ListKeys', { ...input }), { status: 400, body: { Code: 'InvalidParameter' } })
  }
  t.same((await call('ListAliases', { PageSize: 0 })).body.Aliases, { Alias: [] }, 'the page says 0 to 100')
})

t.test('ListKeys: filters', async (t) => {
  const { call, makeKey } = await createClient()
  const plain = await makeKey()
  const disabled = await makeKey({ ProtectionLevel: 'HSM' })
  await call('DisableKey', { KeyId: disabled })
  const tagged = await makeKey({
    DKMSInstanceId: clusterIds[1],
    Tags: JSON.stringify([
      { TagKey: 'env', TagValue: 'dev' },
      { TagKey: 'team', TagValue: 'a' },
    ]),
  })
  await call('CreateAlias', { AliasName: 'alias/orders', KeyId: tagged })
  const all = [tagged, disabled, plain]
  const filter = (...filters: [Key: string, ...Values: string[]][]) =>
    call('ListKeys', { Filters: JSON.stringify(filters.map(([Key, ...Values]) => ({ Key, Values }))) })
  const cases: [wanted: string[], ...filters: [string, ...string[]][]][] = [
    [all],
    [all, ['KeyState']],
    [
      [tagged, plain],
      ['KeyState', 'Enabled'],
    ],
    [all, ['KeyState', 'Enabled', 'Disabled']],
    [[], ['KeyState', 'PendingImport']],
    [all, ['KeySpec', 'Aliyun_AES_256', 'RSA_2048']],
    [[], ['KeySpec', 'RSA_2048']],
    [all, ['KeyUsage', 'ENCRYPT/DECRYPT']],
    [[], ['KeyUsage', 'SIGN/VERIFY']],
    [[disabled], ['ProtectionLevel', 'HSM']],
    [all, ['CreatorType', 'User']],
    [[], ['CreatorType', 'Service']],
    [all, ['Creator', accountId]],
    [[], ['Creator', '100000000002']],
    [[tagged], ['DKMSInstanceId', clusterIds[1]]],
    [[], ['DKMSInstanceId', clusterIds[0]]],
    [[plain], ['keyId', plain]],
    [
      [disabled, plain],
      ['KeyId', plain, disabled],
    ],
    [[tagged], ['AliasName', 'alias/orders', 'alias/none']],
    [[tagged], ['TagKey', 'env']],
    [[tagged], ['TagKey', 'env'], ['TagValue', 'dev', 'test']],
    [[], ['TagKey', 'env'], ['TagValue', 'test']],
    [[], ['TagKey', 'none']],
    [[tagged], ['TagKey', 'none', 'team']],
    [[tagged], ['TagValue', 'dev']],
    [[], ['TagValue', 'none']],
    [[plain], ['KeyState', 'Enabled'], ['ProtectionLevel', 'SOFTWARE'], ['keyId', plain, disabled]],
    [[], ['keyId', plain], ['KeySpec', 'RSA_2048']],
    [[], ['KeySpec', 'RSA_2048'], ['keyId', plain]],
  ]
  for (const [wanted, ...filters] of cases) {
    const { Keys, TotalCount } = (await filter(...filters)).body
    const found = Keys.Key.map(({ KeyId }: { KeyId: string }) => KeyId)
    t.same({ found, TotalCount }, { found: wanted, TotalCount: wanted.length }, JSON.stringify(filters))
  }
  const texts = [
    'x',
    '{}',
    'null',
    '[null]',
    '["KeyState"]',
    '[{"Values":["x"]}]',
    '[{"Key":"constructor","Values":["x"]}]',
    '[{"Key":"KeyState","Values":"Enabled"}]',
    '[{"Key":"KeyState","Values":[1]}]',
    '[{"Key":"KeyState","Values":["enabled"]}]',
    JSON.stringify(Array.from({ length: 11 }, () => ({ Key: 'KeyState', Values: [] }))),
    JSON.stringify([{ Key: 'keyId', Values: Array.from({ length: 11 }, () => 'x') }]),
    '[{"Key":"KeyState","Values":["Enabled"]},{"Key":"KeyState","Values":["Disabled"]}]',
  ]
  for (const Filters of texts) {
    const refused = { status: 400, body: { Code: 'InvalidParameter', Message: /Filters/ } }
    t.match(await call('ListKeys', { Filters }), refused, Filters.slice(0, 80))
  }
})

t.test('DescribeRegions', async (t) => {
  const { call } = await createClient()
  t.same((await call('DescribeRegions')).body, {
    Regions: { Region: [{ RegionId: region }] },
    RequestId: requestId,
  })
})
