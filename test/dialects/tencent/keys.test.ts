// CMKs, their states, names and listings, and the service itself, through the whole dialect.
import { Ajv } from 'ajv'
import t from 'tap'
import { plainKey } from '../../support/keys.ts'
import { accountId, clusterIds, hasTags, otherAccountId, startTime } from '../../support/services.ts'
import { requestId } from '../../support/wire.ts'
import { type Body, type Client, createClient, region } from './client.ts'

const day = 86_400_000
const now = Math.floor(startTime / 1000)
const nobody = '00000000-0000-4000-8000-000000000000'
const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/
const done = { RequestId: requestId }
const notFound = 'ResourceUnavailable.CmkNotFound'
const refusesState = 'ResourceUnavailable.CmkStateNotSupport'
const invalid = 'InvalidParameter'

/** Actions on one key, with what else they need. */
const onOneKey: readonly [action: string, input: object][] = [
  ['DescribeKey', {}],
  ['EnableKey', {}],
  ['DisableKey', {}],
  ['ArchiveKey', {}],
  ['CancelKeyArchive', {}],
  ['ScheduleKeyDeletion', { PendingWindowInDays: 7 }],
  ['CancelKeyDeletion', {}],
  ['UpdateAlias', { Alias: 'other' }],
  ['UpdateKeyDescription', { Description: '' }],
]

/** Takes a new key to a state. */
async function keyIn(state: string, { call, makeKey }: Client): Promise<string> {
  const KeyId = await makeKey()
  if (state === 'Disabled' || state === 'PendingDelete') await call('DisableKey', { KeyId })
  if (state === 'Archived') await call('ArchiveKey', { KeyId })
  if (state === 'PendingDelete') await call('ScheduleKeyDeletion', { KeyId, PendingWindowInDays: 7 })
  return KeyId
}

const stateOf = async ({ call }: Client, KeyId: string): Promise<string> =>
  (await call('DescribeKey', { KeyId })).KeyMetadata?.KeyState

t.test('every action’s example fits its own schemas', async (t) => {
  const { dialect } = await createClient()
  const ajv = new Ajv({ strict: false })
  t.equal(dialect.actions.length, 40)
  for (const { name, input, output, example, summary } of dialect.actions) {
    t.ok(ajv.validate(input, example.input), `${name} input`)
    t.ok(ajv.validate({ ...output, additionalProperties: false }, example.output), `${name} output`)
    t.ok(summary.length > 10)
    t.match(input, { additionalProperties: false })
    for (const [field, schema] of Object.entries(input.properties)) {
      t.ok((schema as { description?: string }).description, `${name} ${field} is described`)
    }
  }
})

t.test('CreateKey: the defaults', async (t) => {
  const { call } = await createClient()
  const made = await call('CreateKey', { Alias: 'orders' })
  const { KeyId } = made
  t.match(KeyId, uuid)
  t.same(made, {
    KeyId,
    Alias: 'orders',
    CreateTime: now,
    Description: '',
    KeyState: 'Enabled',
    KeyUsage: 'ENCRYPT_DECRYPT',
    TagCode: 0,
    TagMsg: 'ok',
    HsmClusterId: clusterIds[0],
    ...done,
  })
  t.same((await call('DescribeKey', { KeyId })).KeyMetadata, {
    KeyId,
    Alias: 'orders',
    CreateTime: now,
    Description: '',
    KeyState: 'Enabled',
    KeyUsage: 'ENCRYPT_DECRYPT',
    Type: 2,
    CreatorUin: Number(accountId),
    KeyRotationEnabled: false,
    Owner: 'user',
    NextRotateTime: now + 31_536_000,
    DeletionDate: 0,
    Origin: 'TENCENT_KMS',
    ValidTo: 0,
    ResourceId: `creatorUin/${accountId}/${KeyId}`,
    HsmClusterId: clusterIds[0],
    RotateDays: 0,
    LastRotateTime: 0,
    IsSyncReplica: 0,
    SourceRegion: '',
    SyncStatus: 0,
    SyncMessages: '',
    SyncStartTime: 0,
    SyncEndTime: 0,
    SourceHsmClusterId: '',
    AccountAppId: 0,
    AccountUin: 0,
    AccountName: '',
    CreatorUinString: accountId,
  })
})

t.test('CreateKey: everything that may be said', async (t) => {
  const { call, services } = await createClient()
  const Description = `${'中'.repeat(341)}x`
  const made = await call('CreateKey', {
    Alias: `A_-${'9'.repeat(57)}`,
    Description,
    KeyUsage: 'ENCRYPT_DECRYPT',
    Type: '1',
    Tags: [
      { TagKey: 'env', TagValue: 'dev' },
      { TagKey: 'empty', TagValue: '' },
    ],
    HsmClusterId: clusterIds[1],
  })
  t.match(made, { Description, HsmClusterId: clusterIds[1] })
  t.ok(await hasTags(services, made.KeyId, { env: 'dev', empty: '' }))
  const empty = await call('CreateKey', { Alias: 'a', KeyUsage: '', HsmClusterId: '', Tags: [] })
  t.match(
    empty,
    { KeyUsage: 'ENCRYPT_DECRYPT', HsmClusterId: clusterIds[0] },
    'an empty text counts as absent',
  )
})

t.test('CreateKey: what is refused', async (t) => {
  const { call, refusal } = await createClient({
    quotas: { cmk: 2, dataKey: null },
    tagRegistry: [{ key: 'env', values: ['dev'] }],
  })
  await call('CreateKey', { Alias: 'taken' })
  const alias = 'InvalidParameterValue.InvalidAlias'
  const usage = 'InvalidParameterValue.InvalidKeyUsage'
  const unknownTag = 'InvalidParameterValue.TagsNotExisted'
  const tag = (TagKey: unknown, TagValue: unknown = 'dev') => ({ TagKey, TagValue })
  const cases: [code: string, input: Record<string, unknown>][] = [
    ...['', '-a', '_a', 'a b', 'a.b', 'é', 'kms-a', 'kms-', 'a\n', 'x'.repeat(61)].map(
      (Alias): [string, Record<string, unknown>] => [alias, { Alias }],
    ),
    ['InvalidParameterValue.AliasAlreadyExists', { Alias: 'taken' }],
    [invalid, { Description: 'x'.repeat(1025) }],
    [invalid, { Description: '中'.repeat(342) }],
    [invalid, { Description: 1 }],
    ...['ASYMMETRIC_DECRYPT_RSA_2048', 'ASYMMETRIC_SIGN_VERIFY_SM2'].map(
      (KeyUsage): [string, Record<string, unknown>] => [
        'UnsupportedOperation.UnsupportedKeyUsageInCurrentRegion',
        { KeyUsage },
      ],
    ),
    [usage, { KeyUsage: 'encrypt_decrypt' }],
    [usage, { KeyUsage: 'ALL' }],
    [usage, { KeyUsage: 'constructor' }],
    ['UnsupportedOperation', { Type: 2 }],
    ['InvalidParameterValue.InvalidType', { Type: 0 }],
    ['InvalidParameterValue.InvalidType', { Type: 4 }],
    [invalid, { Type: 'FIPS' }],
    ['InvalidParameterValue.InvalidHsmClusterId', { HsmClusterId: 'cls-hsm-unknown1' }],
    ['InvalidParameterValue.TagKeysDuplicated', { Tags: [tag('env'), tag('env')] }],
    [unknownTag, { Tags: [tag('other')] }],
    [unknownTag, { Tags: [tag('env', 'prod')] }],
    [invalid, { Tags: [tag('')] }],
    [invalid, { Tags: [tag(1)] }],
    [invalid, { Tags: ['env'] }],
    [invalid, { Tags: {} }],
    [invalid, { Tags: Array.from({ length: 51 }, (_, index) => tag(`k${index}`)) }],
    ['MissingParameter', { Tags: [{ TagKey: 'env' }] }],
    ['MissingParameter', { Alias: null }],
  ]
  for (const [code, input] of cases) {
    t.equal(await refusal('CreateKey', { Alias: 'a', ...input }), code, JSON.stringify(input).slice(0, 80))
  }
  t.equal((await call('ListKeys')).TotalCount, 1, 'nothing was made')
  await call('CreateKey', { Alias: 'second' })
  t.equal(await refusal('CreateKey', { Alias: 'third' }), 'LimitExceeded.CmkLimitExceeded')
})

t.test('a KeyId: its form, and whose it is', async (t) => {
  const { refusal, kms } = await createClient()
  const theirs = await kms.createKey(
    { accountId: otherAccountId, accessKeyId: 'x', action: 'kms:Test' },
    plainKey,
  )
  for (const [action, input] of onOneKey) {
    for (const KeyId of ['', 'x', `${nobody} `, nobody.slice(1), 'alias/a', 'G'.repeat(36), `${nobody}\n`]) {
      t.equal(await refusal(action, { ...input, KeyId }), 'InvalidParameterValue.InvalidKeyId', action)
    }
    t.equal(await refusal(action, { ...input, KeyId: nobody }), notFound, action)
    t.equal(await refusal(action, { ...input, KeyId: theirs.id }), notFound, `${action}: another account’s`)
    t.equal(await refusal(action, input), 'MissingParameter', action)
  }
})

t.test('nobody here may act for a member account', async (t) => {
  const { call, refusal, makeKey } = await createClient()
  const KeyId = await makeKey()
  const MemberAccount = { MemberAppId: 1, MemberUin: 2 }
  for (const [action, input] of onOneKey) {
    t.equal(
      await refusal(action, { ...input, KeyId, MemberAccount }),
      'UnsupportedOperation.NotRoleOperation',
    )
  }
  const several = { KeyIds: [KeyId], MemberAccount }
  t.equal(await refusal('DescribeKeys', several), 'UnsupportedOperation.NotRoleOperation')
  const members = { MemberAccounts: [MemberAccount] }
  t.equal(await refusal('ListKeyDetail', members), 'UnsupportedOperation.NotRoleOperation')
  t.equal(await refusal('DescribeKey', { KeyId, MemberAccount: {} }), 'MissingParameter')
  t.equal((await call('DescribeKey', { KeyId, MemberAccount: null })).KeyMetadata.KeyState, 'Enabled')
})

t.test('DescribeKeys', async (t) => {
  const { call, refusal, makeKey } = await createClient()
  const KeyIds = [await makeKey(), await makeKey()]
  const { KeyMetadatas } = await call('DescribeKeys', { KeyIds: KeyIds.toReversed() })
  t.same(
    KeyMetadatas.map((key: Body) => key.KeyId),
    KeyIds.toReversed(),
    'in the order asked for',
  )
  t.equal(
    await refusal('DescribeKeys', { KeyIds: [...KeyIds, KeyIds[0]] }),
    'InvalidParameterValue.DuplicatedKeyId',
  )
  t.equal(await refusal('DescribeKeys', { KeyIds: ['x'] }), 'InvalidParameterValue.InvalidKeyId')
  t.equal(await refusal('DescribeKeys', { KeyIds: [...KeyIds, nobody] }), notFound)
  t.equal(await refusal('DescribeKeys', { KeyIds: [] }), invalid)
  const many = Array.from(
    { length: 101 },
    (_, index) => `${String(index).padStart(8, '0')}${nobody.slice(8)}`,
  )
  t.equal(await refusal('DescribeKeys', { KeyIds: many }), invalid)
  t.equal(await refusal('DescribeKeys', { KeyIds: many.slice(1) }), notFound, 'a hundred may be asked for')
})

t.test('states: what each change leads to, and what refuses it', async (t) => {
  const client = await createClient()
  const shouldBeDisabled = 'ResourceUnavailable.CmkShouldBeDisabled'
  const notPending = 'ResourceUnavailable.CmkNotPendingDelete'
  const table: Record<string, Record<string, string>> = {
    Enabled: {
      EnableKey: 'Enabled',
      DisableKey: 'Disabled',
      ArchiveKey: 'Archived',
      CancelKeyArchive: refusesState,
      ScheduleKeyDeletion: shouldBeDisabled,
      CancelKeyDeletion: notPending,
      UpdateAlias: 'Enabled',
      UpdateKeyDescription: 'Enabled',
    },
    Disabled: {
      EnableKey: 'Enabled',
      DisableKey: 'Disabled',
      ArchiveKey: 'Archived',
      CancelKeyArchive: refusesState,
      ScheduleKeyDeletion: 'PendingDelete',
      CancelKeyDeletion: notPending,
      UpdateAlias: 'Disabled',
      UpdateKeyDescription: 'Disabled',
    },
    Archived: {
      EnableKey: refusesState,
      DisableKey: refusesState,
      ArchiveKey: 'Archived',
      CancelKeyArchive: 'Enabled',
      ScheduleKeyDeletion: 'PendingDelete',
      CancelKeyDeletion: notPending,
      UpdateAlias: 'Archived',
      UpdateKeyDescription: 'Archived',
    },
    PendingDelete: {
      EnableKey: refusesState,
      DisableKey: refusesState,
      ArchiveKey: refusesState,
      CancelKeyArchive: refusesState,
      ScheduleKeyDeletion: refusesState,
      CancelKeyDeletion: 'Disabled',
      UpdateAlias: refusesState,
      UpdateKeyDescription: refusesState,
    },
  }
  let count = 0
  for (const [state, changes] of Object.entries(table)) {
    for (const [action, input] of onOneKey.slice(1)) {
      const KeyId = await keyIn(state, client)
      const named = action === 'UpdateAlias' ? { Alias: `renamed-${++count}` } : {}
      const code = await client.refusal(action, { ...input, ...named, KeyId })
      t.equal(code ?? (await stateOf(client, KeyId)), changes[action], `${action} from ${state}`)
      if (code !== undefined) t.equal(await stateOf(client, KeyId), state, 'and nothing changed')
    }
  }
})

t.test('what changes of state answer', async (t) => {
  const client = await createClient()
  const { call } = client
  const KeyId = await keyIn('Enabled', client)
  for (const action of ['DisableKey', 'EnableKey', 'ArchiveKey', 'CancelKeyArchive', 'DisableKey']) {
    t.same(await call(action, { KeyId }), done, action)
  }
  t.same(await call('ScheduleKeyDeletion', { KeyId, PendingWindowInDays: '7' }), {
    DeletionDate: now + (7 * day) / 1000,
    KeyId,
    ...done,
  })
  t.same(await call('CancelKeyDeletion', { KeyId }), { KeyId, ...done })
  t.equal((await call('DescribeKey', { KeyId })).KeyMetadata.DeletionDate, 0)
})

t.test('ScheduleKeyDeletion: the window', async (t) => {
  const client = await createClient()
  const { call, refusal, clock } = client
  const KeyId = await keyIn('Disabled', client)
  for (const days of [6, 31, 0, -7, '6']) {
    const input = { KeyId, PendingWindowInDays: days }
    t.equal(await refusal('ScheduleKeyDeletion', input), 'InvalidParameter.InvalidPendingWindowInDays')
  }
  t.equal(await refusal('ScheduleKeyDeletion', { KeyId }), 'MissingParameter')
  t.equal(await refusal('ScheduleKeyDeletion', { KeyId, PendingWindowInDays: 7.5 }), invalid)
  const { DeletionDate } = await call('ScheduleKeyDeletion', { KeyId, PendingWindowInDays: 30 })
  const { KeyMetadata } = await call('DescribeKey', { KeyId })
  t.match(KeyMetadata, { KeyState: 'PendingDelete', DeletionDate })
  clock.set(DeletionDate * 1000 - 1)
  t.equal(await refusal('DescribeKey', { KeyId }), undefined, 'readable until the date')
  clock.set(DeletionDate * 1000)
  t.equal(await refusal('DescribeKey', { KeyId }), notFound)
  t.equal(await refusal('CancelKeyDeletion', { KeyId }), notFound)
})

t.test('UpdateAlias and UpdateKeyDescription', async (t) => {
  const { call, refusal, makeKey } = await createClient()
  const KeyId = await makeKey({ Alias: 'old' })
  t.same(await call('UpdateAlias', { KeyId, Alias: 'new' }), done)
  t.same(await call('UpdateAlias', { KeyId, Alias: 'new' }), done, 'its own name again')
  const Description = 'x'.repeat(1024)
  t.same(await call('UpdateKeyDescription', { KeyId, Description }), done)
  t.match((await call('DescribeKey', { KeyId })).KeyMetadata, { Alias: 'new', Description })
  t.same(await call('UpdateKeyDescription', { KeyId, Description: '' }), done)
  t.equal((await call('DescribeKey', { KeyId })).KeyMetadata.Description, '')
  const other = await makeKey({ Alias: 'old' })
  t.match(other, uuid, 'the old name is free')
  t.equal(await refusal('UpdateAlias', { KeyId, Alias: 'old' }), 'InvalidParameterValue.AliasAlreadyExists')
  for (const Alias of ['', 'kms-x', 'a/b', 'x'.repeat(61)]) {
    t.equal(await refusal('UpdateAlias', { KeyId, Alias }), 'InvalidParameterValue.InvalidAlias')
  }
  t.equal(await refusal('UpdateKeyDescription', { KeyId, Description: 'x'.repeat(1025) }), invalid)
  t.equal(await refusal('UpdateKeyDescription', { KeyId }), 'MissingParameter')
})

/** One key in each state, oldest first. */
async function oneOfEach(client: Client) {
  const keys: Record<string, string> = {}
  for (const state of ['Enabled', 'Disabled', 'Archived', 'PendingDelete'])
    keys[state] = await keyIn(state, client)
  return keys
}

t.test('ListKeys: enabled and disabled keys, newest first, by pages and clusters', async (t) => {
  const client = await createClient()
  const { call, refusal, makeKey } = client
  const { Enabled, Disabled } = await oneOfEach(client)
  const ids = async (input: object = {}) => {
    const { Keys, TotalCount } = await call('ListKeys', input)
    return [TotalCount, ...Keys.map(({ KeyId }: { KeyId: string }) => KeyId)]
  }
  t.same(await ids(), [2, Disabled, Enabled])
  t.same(await ids({ Role: 0, HsmClusterId: '' }), [2, Disabled, Enabled])
  t.same(await ids({ Offset: 1 }), [2, Enabled])
  t.same(await ids({ Offset: 2 }), [2])
  t.same(await ids({ Limit: 1 }), [2, Disabled])
  t.same(await ids({ Limit: 0 }), [2])
  t.same(await ids({ Role: 1 }), [0], 'no key here is made for a cloud product')
  const elsewhere = await makeKey({ HsmClusterId: clusterIds[1] })
  t.same(await ids({ HsmClusterId: clusterIds[1] }), [1, elsewhere])
  t.equal(
    await refusal('ListKeys', { HsmClusterId: 'cls-hsm-unknown1' }),
    'InvalidParameterValue.InvalidHsmClusterId',
  )
  for (let index = 0; index < 10; index++) await makeKey()
  t.equal((await call('ListKeys')).Keys.length, 10, 'ten unless told otherwise')
  t.equal((await call('ListKeys', { Limit: 200 })).Keys.length, 13)
  for (const input of [{ Limit: 201 }, { Limit: -1 }, { Offset: -1 }, { Role: 2 }]) {
    t.equal(await refusal('ListKeys', input), invalid, JSON.stringify(input))
  }
})

t.test('ListKeyDetail: every filter', async (t) => {
  const client = await createClient()
  const { call, refusal, makeKey } = client
  const keys = await oneOfEach(client)
  const tagged = await makeKey({
    Alias: 'Tagged-Key',
    HsmClusterId: clusterIds[1],
    Tags: [
      { TagKey: 'env', TagValue: 'dev' },
      { TagKey: 'team', TagValue: 'a' },
    ],
  })
  const names = new Map([...Object.entries(keys), ['tagged', tagged]].map(([name, id]) => [id, name]))
  const found = async (input: object = {}) => {
    const { KeyMetadatas, TotalCount } = await call('ListKeyDetail', input)
    t.equal(TotalCount, KeyMetadatas.length)
    return KeyMetadatas.map(({ KeyId }: { KeyId: string }) => names.get(KeyId))
  }
  const all = ['tagged', 'PendingDelete', 'Archived', 'Disabled', 'Enabled']
  const cases: [object, string[]][] = [
    [{}, all],
    [
      { KeyState: 0, OrderType: 0, Role: 0, Origin: '', KeyUsage: '', SearchKeyAlias: '', TagFilters: [] },
      all,
    ],
    [{ OrderType: 1 }, all.toReversed()],
    [{ KeyState: 1 }, ['tagged', 'Enabled']],
    [{ KeyState: 2 }, ['Disabled']],
    [{ KeyState: 3 }, ['PendingDelete']],
    [{ KeyState: 4 }, []],
    [{ KeyState: 5 }, ['Archived']],
    [{ Role: 1 }, []],
    [{ Origin: 'ALL' }, all],
    [{ Origin: 'TENCENT_KMS' }, all],
    [{ Origin: 'EXTERNAL' }, []],
    [{ Origin: 'tencent_kms' }, []],
    [{ KeyUsage: 'ALL' }, all],
    [{ KeyUsage: 'ENCRYPT_DECRYPT' }, all],
    [{ KeyUsage: 'ASYMMETRIC_DECRYPT_SM2' }, []],
    [{ SearchKeyAlias: 'gged-K' }, ['tagged']],
    [{ SearchKeyAlias: tagged.slice(3, 30) }, ['tagged']],
    [{ SearchKeyAlias: '%' }, []],
    [{ SearchKeyAlias: '_' }, []],
    [{ SearchKeyAlias: "' or 1=1 --" }, []],
    [{ HsmClusterId: clusterIds[1] }, ['tagged']],
    [{ HsmClusterId: clusterIds[1], KeyState: 2 }, []],
    [{ TagFilters: [{ TagKey: 'env' }] }, ['tagged']],
    [{ TagFilters: [{ TagKey: 'env', TagValue: [] }] }, ['tagged']],
    [{ TagFilters: [{ TagKey: 'env', TagValue: ['prod', 'dev'] }] }, ['tagged']],
    [{ TagFilters: [{ TagKey: 'env', TagValue: ['prod'] }] }, []],
    [{ TagFilters: [{ TagKey: 'env', TagValue: ['a'] }] }, []],
    [{ TagFilters: [{ TagKey: 'env' }, { TagKey: 'team', TagValue: ['a'] }] }, ['tagged']],
    [{ TagFilters: [{ TagKey: 'env' }, { TagKey: 'cost' }] }, []],
    [{ MemberAccounts: [] }, all],
  ]
  for (const [input, wanted] of cases) t.same(await found(input), wanted, JSON.stringify(input))
  const page = await call('ListKeyDetail', { Offset: 1, Limit: 2 })
  t.equal(page.TotalCount, 5)
  t.same(
    page.KeyMetadatas.map(({ KeyState }: Body) => KeyState),
    ['PendingDelete', 'Archived'],
  )
  const { KeyMetadata } = await call('DescribeKey', { KeyId: tagged })
  t.same((await call('ListKeyDetail', { Limit: 1 })).KeyMetadatas, [KeyMetadata])
  t.equal(
    await refusal('ListKeyDetail', { HsmClusterId: 'cls-hsm-unknown1' }),
    'InvalidParameterValue.InvalidHsmClusterId',
  )
  for (const input of [
    { Limit: 201 },
    { KeyState: 6 },
    { OrderType: 2 },
    { TagFilters: ['x'] },
    { TagFilters: Array(51).fill({ TagKey: 'a' }) },
    { TagFilters: [{ TagKey: 'a', TagValue: Array(101).fill('v') }] },
  ]) {
    t.equal(await refusal('ListKeyDetail', input), invalid, JSON.stringify(input))
  }
})

t.test('the service, its regions and its algorithms', async (t) => {
  const { call, makeKey } = await createClient({ quotas: { cmk: 5, dataKey: 7 } })
  await makeKey()
  t.same(await call('GetServiceStatus'), {
    ServiceEnabled: true,
    InvalidType: 1,
    UserLevel: 1,
    ExclusiveVSMEnabled: false,
    ExclusiveHSMEnabled: true,
    CmkUserCount: 1,
    CmkLimit: 5,
    ExclusiveHSMList: clusterIds.map((id) => ({ HsmClusterId: id, HsmClusterName: `cluster ${id}` })),
    IsAllowedDataKeyHosted: true,
    DataKeyLimit: 7,
    FreeDataKeyLimit: 7,
    DataKeyUsedCount: 0,
    IsAllowedSync: false,
    ...done,
  })
  const unlimited = await createClient()
  t.ok((await unlimited.call('GetServiceStatus')).CmkLimit > 1_000_000, 'no quota reads as a large one')
  t.same(await call('GetRegions'), { Regions: [region], ...done })
  t.same(await call('ListAlgorithms'), {
    SymmetricAlgorithms: [{ KeyUsage: 'ENCRYPT_DECRYPT', Algorithm: 'AES_256' }],
    AsymmetricAlgorithms: [],
    AsymmetricSignVerifyAlgorithms: [],
    ...done,
  })
})
