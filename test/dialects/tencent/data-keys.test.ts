// Hosted data keys through the Tencent dialect: what they do, then each way to be refused.
import { DatabaseSync } from 'node:sqlite'
import t from 'tap'
import { destroyDueKeys } from '../../../src/core/maintenance.ts'
import { openStore } from '../../../src/store/store.ts'
import { accountId, clusterIds } from '../../support/services.ts'
import { type Client, createClient } from './client.ts'

const day = 86_400
const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/
let names = 0

/** A hosted data key of 32 bytes and the reply that made it. */
async function host(client: Client, KeyId: string, input: object = {}) {
  const DataKeyName = `dk_${++names}`
  return client.call('GenerateDataKey', {
    KeyId,
    KeySpec: 'AES_256',
    IsHostedByKms: 1,
    DataKeyName,
    ...input,
  })
}

t.test('GenerateDataKey hosts: the blob, the plaintext and what is known all fit', async (t) => {
  const client = await createClient()
  const { call } = client
  const KeyId = await client.makeKey({ Alias: 'orders' })
  const context = { EncryptionContext: '{"a":"b"}' }
  const made = await host(client, KeyId, {
    DataKeyName: 'orders-2026',
    Description: '订单',
    NumberOfBytes: 24,
    Tags: [{ TagKey: 'env', TagValue: 'dev' }],
    ...context,
  })
  t.match(made, { KeyId, DataKeyId: uuid, TagCode: 0, TagMsg: 'ok' })
  t.equal(Buffer.from(made.Plaintext, 'base64').length, 24)
  const { DataKeyId } = made
  t.match(await call('GetDataKeyPlaintext', { DataKeyId }), { Plaintext: made.Plaintext })
  const { CiphertextBlob } = await call('GetDataKeyCiphertextBlob', { DataKeyId })
  t.equal(CiphertextBlob, made.CiphertextBlob, 'bound to the context it was made with')
  t.match(await call('Decrypt', { CiphertextBlob, ...context }), { Plaintext: made.Plaintext })
  const { DataKeyMetadata } = await call('DescribeDataKey', { DataKeyId })
  t.match(DataKeyMetadata, {
    DataKeyId,
    KeyId,
    KeyName: 'orders',
    DataKeyName: 'orders-2026',
    NumberOfBytes: 24,
    CreateTime: Math.floor(client.clock() / 1000),
    Description: '订单',
    KeyState: 'Enabled',
    CreatorUin: Number(accountId),
    Owner: 'user',
    DeletionDate: 0,
    Origin: 'TENCENT_KMS',
    HsmClusterId: clusterIds[0],
    ResourceId: `creatorUin/${accountId}/${DataKeyId}`,
  })
  const tagged = { TagFilters: [{ TagKey: 'env', TagValue: ['dev'] }] }
  t.same((await call('ListDataKeyDetail', tagged)).DataKeyMetadatas, [DataKeyMetadata])
})

t.test('GenerateDataKey that hosts nothing ignores what is said of hosting', async (t) => {
  const client = await createClient()
  const KeyId = await client.makeKey()
  for (const hosted of [{}, { IsHostedByKms: 0 }]) {
    const made = await client.call('GenerateDataKey', {
      KeyId,
      KeySpec: 'AES_128',
      DataKeyName: '- not a name -',
      Description: 'x'.repeat(500),
      Tags: [
        { TagKey: 'a', TagValue: '' },
        { TagKey: 'a', TagValue: '' },
      ],
      ...hosted,
    })
    t.same(Object.keys(made).sort(), ['CiphertextBlob', 'KeyId', 'Plaintext', 'RequestId'])
  }
  t.equal((await client.call('ListDataKeys')).TotalCount, 0)
})

t.test('from enabled to gone', async (t) => {
  const client = await createClient()
  const { call, refusal, clock } = client
  const KeyId = await client.makeKey()
  const { DataKeyId } = await host(client, KeyId)
  const state = async () => (await call('DescribeDataKey', { DataKeyId })).DataKeyMetadata.KeyState
  for (const repeat of ['once', 'again']) {
    t.notOk(await refusal('DisableDataKey', { DataKeyId }), repeat)
    t.equal(await state(), 'Disabled')
  }
  t.equal(await refusal('GetDataKeyPlaintext', { DataKeyId }), 'ResourceUnavailable.DataKeyDisabled')
  t.equal(
    await refusal('GetDataKeyCiphertextBlob', { DataKeyId }),
    'ResourceUnavailable.DataKeyStateNotSupport',
  )
  for (const repeat of ['once', 'again']) {
    t.notOk(await refusal('EnableDataKey', { DataKeyId }), repeat)
    t.equal(await state(), 'Enabled')
  }
  const scheduled = await call('ScheduleDataKeyDeletion', { DataKeyId, PendingWindowInDays: 7 })
  const due = Math.floor(clock() / 1000) + 7 * day
  t.match(scheduled, { DataKeyId, DeletionDate: due })
  t.match((await call('DescribeDataKey', { DataKeyId })).DataKeyMetadata, {
    KeyState: 'PendingDelete',
    DeletionDate: due,
  })
  t.equal(await refusal('GetDataKeyPlaintext', { DataKeyId }), 'ResourceUnavailable.DataKeyPendingDelete')
  for (const action of ['EnableDataKey', 'DisableDataKey']) {
    t.equal(await refusal(action, { DataKeyId }), 'ResourceUnavailable.DataKeyStateNotSupport', action)
  }
  t.equal(
    await refusal('ScheduleDataKeyDeletion', { DataKeyId, PendingWindowInDays: 7 }),
    'ResourceUnavailable.DataKeyStateNotSupport',
  )
  t.match(await call('CancelDataKeyDeletion', { DataKeyId }), { DataKeyId })
  t.match((await call('DescribeDataKey', { DataKeyId })).DataKeyMetadata, {
    KeyState: 'Disabled',
    DeletionDate: 0,
  })
  t.equal(
    await refusal('CancelDataKeyDeletion', { DataKeyId }),
    'ResourceUnavailable.DataKeyNotPendingDelete',
  )
  await call('ScheduleDataKeyDeletion', { DataKeyId, PendingWindowInDays: 30 })
  clock.advance(30 * day * 1000)
  t.equal(await refusal('DescribeDataKey', { DataKeyId }), 'ResourceUnavailable.DataKeyNotFound')
  const DataKeyName = (await client.services.store.dataKey(DataKeyId))?.name
  t.equal((await host(client, KeyId, { DataKeyName })).Error, undefined, 'its name is free at once')
  t.equal((await call('ListDataKeyDetail')).TotalCount, 1)
  await destroyDueKeys(client.services)
  t.equal((await call('ListDataKeyDetail')).TotalCount, 1)
})

t.test('several at once: all or none', async (t) => {
  const client = await createClient()
  const { call, refusal } = client
  const KeyId = await client.makeKey()
  const made = [await host(client, KeyId), await host(client, KeyId), await host(client, KeyId)]
  const DataKeyIds = made.map(({ DataKeyId }) => DataKeyId)
  const states = async () =>
    (await call('DescribeDataKeys', { DataKeyIds })).DataKeyMetadatas.map(
      ({ KeyState }: { KeyState: string }) => KeyState,
    )
  await call('DisableDataKeys', { DataKeyIds })
  t.same(await states(), ['Disabled', 'Disabled', 'Disabled'])
  const unknown = '00000000-0000-4000-8000-000000000000'
  const notFound = 'ResourceUnavailable.DataKeyNotFound'
  t.equal(await refusal('EnableDataKeys', { DataKeyIds: [...DataKeyIds, unknown] }), notFound)
  t.same(await states(), ['Disabled', 'Disabled', 'Disabled'], 'none was enabled')
  await call('EnableDataKeys', { DataKeyIds })
  t.same(await states(), ['Enabled', 'Enabled', 'Enabled'])
  for (const action of ['EnableDataKeys', 'DisableDataKeys', 'DescribeDataKeys']) {
    const twice = [DataKeyIds[0], DataKeyIds[0]]
    t.equal(await refusal(action, { DataKeyIds: twice }), 'InvalidParameterValue.DuplicatedDataKeyId', action)
    const many = Array.from({ length: 101 }, () => unknown)
    t.equal(await refusal(action, { DataKeyIds: many }), 'InvalidParameterValue', action)
    t.equal(await refusal(action, { DataKeyIds: ['x'] }), 'InvalidParameterValue.InvalidDataKeyId', action)
  }
})

t.test('names and descriptions', async (t) => {
  const client = await createClient()
  const { call, refusal } = client
  const KeyId = await client.makeKey()
  const { DataKeyId } = await host(client, KeyId, { DataKeyName: 'a' })
  await host(client, KeyId, { DataKeyName: 'b' })
  const exists = 'InvalidParameterValue.DataKeyNameAlreadyExists'
  t.equal((await host(client, KeyId, { DataKeyName: 'a' })).Error.Code, exists)
  t.equal(await refusal('UpdateDataKeyName', { DataKeyId, DataKeyName: 'b' }), exists)
  t.notOk(await refusal('UpdateDataKeyName', { DataKeyId, DataKeyName: 'a' }), 'its own name')
  t.notOk(await refusal('UpdateDataKeyName', { DataKeyId, DataKeyName: 'c' }))
  t.notOk(await refusal('UpdateDataKeyDescription', { DataKeyId, Description: 'd'.repeat(100) }))
  t.match((await call('DescribeDataKey', { DataKeyId })).DataKeyMetadata, {
    DataKeyName: 'c',
    Description: 'd'.repeat(100),
  })
  t.equal(
    await refusal('UpdateDataKeyDescription', { DataKeyId, Description: '数'.repeat(34) }),
    'InvalidParameter',
  )
  for (const DataKeyName of ['', '-a', 'a b', 'a'.repeat(61)]) {
    t.equal(
      await refusal('UpdateDataKeyName', { DataKeyId, DataKeyName }),
      'InvalidParameterValue.InvalidDataKeyName',
    )
  }
  t.equal((await host(client, KeyId, { DataKeyName: 'a' })).Error, undefined, 'a name given up is free')
})

t.test('the same name at the same time: one gets it', async (t) => {
  const client = await createClient()
  const KeyId = await client.makeKey()
  const replies = await Promise.all(
    Array.from({ length: 16 }, () => host(client, KeyId, { DataKeyName: 'one' })),
  )
  const codes = replies.map((reply) => reply.Error?.Code)
  t.equal(codes.filter((code) => code === undefined).length, 1)
  t.same([...new Set(codes)].filter(Boolean), ['InvalidParameterValue.DataKeyNameAlreadyExists'])
})

t.test('listings: pages, order and every filter', async (t) => {
  const client = await createClient()
  const { call, refusal } = client
  const first = await client.makeKey()
  const second = await client.makeKey({ HsmClusterId: clusterIds[1] })
  const a = (await host(client, first, { DataKeyName: 'list-a', NumberOfBytes: 16 })).DataKeyId
  const b = (await host(client, second, { DataKeyName: 'list-b' })).DataKeyId
  const imported = await call('ImportDataKey', {
    DataKeyName: 'list-c',
    ImportKeyMaterial: 'MTIzNAo=',
    ImportType: 2,
    KeyId: first,
  })
  const c = imported.DataKeyId
  await call('DisableDataKey', { DataKeyId: b })
  await call('ScheduleDataKeyDeletion', { DataKeyId: c, PendingWindowInDays: 7 })
  const detail = async (input: object) =>
    (await call('ListDataKeyDetail', input)).DataKeyMetadatas.map(
      (row: { DataKeyId: string }) => row.DataKeyId,
    )
  const cases: [object, string[]][] = [
    [{}, [c, b, a]],
    [{ OrderType: 1 }, [a, b, c]],
    [{ Offset: 1, Limit: 1 }, [b]],
    [{ KeyState: 1 }, [a]],
    [{ KeyState: 2 }, [b]],
    [{ KeyState: 3 }, [c]],
    [{ SearchKeyAlias: 'ist-b' }, [b]],
    [{ SearchKeyAlias: a }, [a]],
    [{ Origin: 'EXTERNAL' }, [c]],
    [{ Origin: 'TENCENT_KMS' }, [b, a]],
    [{ Origin: 'external' }, []],
    [{ HsmClusterId: clusterIds[1] }, [b]],
    [{ KeyId: first }, [c, a]],
    [{ DataKeyLen: 16 }, [a]],
    [{ DataKeyLen: 0 }, [c, b, a]],
    [{ Role: 1 }, []],
    [{ TagFilters: [{ TagKey: 'none' }] }, []],
  ]
  for (const [input, wanted] of cases) t.same(await detail(input), wanted, JSON.stringify(input))
  t.match(await call('ListDataKeys'), { DataKeys: [{ DataKeyId: b }, { DataKeyId: a }], TotalCount: 2 })
  t.match(await call('ListDataKeys', { Role: 1 }), { DataKeys: [], TotalCount: 0 })
  const unknownCluster = { HsmClusterId: 'cls-hsm-none' }
  for (const action of ['ListDataKeys', 'ListDataKeyDetail']) {
    t.equal(await refusal(action, unknownCluster), 'InvalidParameterValue.InvalidHsmClusterId', action)
    const code = action === 'ListDataKeys' ? 'InvalidParameterValue' : 'InvalidParameter'
    t.equal(await refusal(action, { Limit: 201 }), code, action)
  }
  const unknown = { KeyId: '00000000-0000-4000-8000-000000000000' }
  t.equal(await refusal('ListDataKeyDetail', unknown), 'ResourceUnavailable.CmkNotFound')
})

t.test('ImportDataKey: a blob of ours, or bytes', async (t) => {
  const client = await createClient()
  const { call } = client
  const KeyId = await client.makeKey()
  const Plaintext = Buffer.from('a key of the caller').toString('base64')
  const made = await call('GenerateDataKey', { KeyId, NumberOfBytes: 40 })
  const blobs = [[made.CiphertextBlob, made.Plaintext, 40]]
  for (const [ImportKeyMaterial, wanted, NumberOfBytes] of blobs) {
    const input = { DataKeyName: `dk_${++names}`, ImportKeyMaterial, ImportType: 1 }
    const { DataKeyId } = await call('ImportDataKey', input)
    t.match(await call('GetDataKeyPlaintext', { DataKeyId }), { Plaintext: wanted })
    t.match(await call('GetDataKeyCiphertextBlob', { DataKeyId }), { CiphertextBlob: ImportKeyMaterial })
    t.match((await call('DescribeDataKey', { DataKeyId })).DataKeyMetadata, {
      Origin: 'EXTERNAL',
      NumberOfBytes,
      KeyId,
    })
  }
  const clear = { DataKeyName: 'clear', ImportKeyMaterial: Plaintext, ImportType: 2, KeyId }
  const imported = await call('ImportDataKey', { ...clear, HsmClusterId: clusterIds[0] })
  t.match(imported, { KeyId, TagCode: 0, TagMsg: 'ok' })
  t.match(await call('GetDataKeyPlaintext', { DataKeyId: imported.DataKeyId }), { Plaintext })
})

t.test('ImportDataKey: what is refused', async (t) => {
  const client = await createClient({ quotas: { cmk: null, dataKey: 1 } })
  const { call, refusal } = client
  const KeyId = await client.makeKey()
  const other = await client.makeKey({ HsmClusterId: clusterIds[1] })
  const bound = await call('GenerateDataKey', { KeyId, NumberOfBytes: 8, EncryptionContext: '{"a":"b"}' })
  const plain = await call('GenerateDataKey', { KeyId, NumberOfBytes: 8 })
  const data = await call('Encrypt', { KeyId, Plaintext: 'AAAA' })
  const blob = { DataKeyName: 'x', ImportType: 1, ImportKeyMaterial: plain.CiphertextBlob }
  const clear = { DataKeyName: 'x', ImportType: 2, ImportKeyMaterial: 'AAAA', KeyId }
  const material = 'InvalidParameterValue.InvalidImportKeyMaterial'
  const plaintext = 'InvalidParameterValue.InvalidPlaintext'
  const invalidKeyId = 'InvalidParameterValue.InvalidKeyId'
  const tag = { TagKey: 'a', TagValue: 'b' }
  const cases: [string, object][] = [
    ['InvalidParameterValue.InvalidType', { ...clear, ImportType: 3 }],
    ['InvalidParameterValue.InvalidDataKeyName', { ...clear, DataKeyName: ' ' }],
    ['InvalidParameter', { ...clear, Description: 'x'.repeat(101) }],
    [material, { ...blob, ImportKeyMaterial: 'AAAA' }],
    [material, { ...blob, ImportKeyMaterial: bound.CiphertextBlob }],
    [material, { ...blob, ImportKeyMaterial: data.CiphertextBlob }],
    ['ResourceUnavailable.CmkNotFound', { ...blob, KeyId: other }],
    [invalidKeyId, { ...blob, KeyId: 'x' }],
    [invalidKeyId, { ...clear, KeyId: '' }],
    [plaintext, { ...clear, ImportKeyMaterial: '' }],
    [plaintext, { ...clear, ImportKeyMaterial: '*' }],
    [plaintext, { ...clear, ImportKeyMaterial: Buffer.alloc(1025).toString('base64') }],
    ['InvalidParameterValue.InvalidHsmClusterId', { ...clear, HsmClusterId: clusterIds[1] }],
    ['InvalidParameterValue.TagKeysDuplicated', { ...clear, Tags: [tag, tag] }],
  ]
  for (const [code, input] of cases) {
    t.equal(await refusal('ImportDataKey', input), code, JSON.stringify(input).slice(0, 120))
  }
  await call('ImportDataKey', clear)
  t.equal(
    await refusal('ImportDataKey', { ...clear, DataKeyName: 'y' }),
    'LimitExceeded.DataKeyLimitExceeded',
  )
  await call('DisableKey', { KeyId })
  for (const input of [blob, clear]) {
    t.equal(await refusal('ImportDataKey', input), 'ResourceUnavailable.CmkDisabled')
  }
})

t.test(
  'quotas: data keys that await deletion do not count, and come back only where there is room',
  async (t) => {
    const client = await createClient({ quotas: { cmk: 1, dataKey: 1 } })
    const { call, refusal } = client
    const KeyId = await client.makeKey()
    const { DataKeyId } = await host(client, KeyId)
    const full = 'LimitExceeded.DataKeyLimitExceeded'
    t.equal((await host(client, KeyId)).Error.Code, full)
    await call('ScheduleDataKeyDeletion', { DataKeyId, PendingWindowInDays: 7 })
    const second = await host(client, KeyId)
    t.equal(second.Error, undefined)
    t.equal(await refusal('CancelDataKeyDeletion', { DataKeyId }), full)
    await call('ScheduleDataKeyDeletion', { DataKeyId: second.DataKeyId, PendingWindowInDays: 7 })
    t.notOk(await refusal('CancelDataKeyDeletion', { DataKeyId }))
  },
)

t.test('an account over its quota of CMKs hosts no more', async (t) => {
  const quotas = { cmk: 2, dataKey: null }
  const client = await createClient({ quotas })
  const KeyId = await client.makeKey()
  await client.makeKey()
  t.equal((await host(client, KeyId)).Error, undefined)
  quotas.cmk = 1
  t.equal((await host(client, KeyId)).Error.Code, 'LimitExceeded.CmkLimitExceeded')
})

t.test('the state of the CMK', async (t) => {
  const client = await createClient()
  const { call, refusal, clock } = client
  const KeyId = await client.makeKey()
  const { DataKeyId, Plaintext } = await host(client, KeyId)
  await call('ArchiveKey', { KeyId })
  t.match(await call('GetDataKeyPlaintext', { DataKeyId }), { Plaintext }, 'an archived CMK decrypts')
  t.equal(await refusal('EnableDataKey', { DataKeyId }), 'ResourceUnavailable.CmkStateNotSupport')
  await call('CancelKeyArchive', { KeyId })
  await call('DisableKey', { KeyId })
  t.equal(await refusal('GetDataKeyPlaintext', { DataKeyId }), 'ResourceUnavailable.CmkDisabled')
  t.equal(await refusal('EnableDataKey', { DataKeyId }), 'ResourceUnavailable.CmkStateNotSupport')
  await call('ScheduleKeyDeletion', { KeyId, PendingWindowInDays: 7 })
  t.equal(await refusal('GetDataKeyPlaintext', { DataKeyId }), 'ResourceUnavailable.CmkStateNotSupport')
  clock.advance(7 * day * 1000)
  t.equal(await refusal('GetDataKeyPlaintext', { DataKeyId }), 'ResourceUnavailable.DataKeyNotFound')
  t.equal((await call('ListDataKeyDetail')).TotalCount, 0, 'gone with its CMK, before any clean-up')
  await destroyDueKeys(client.services)
  t.equal(
    await refusal('DescribeDataKey', { DataKeyId }),
    'ResourceUnavailable.DataKeyNotFound',
    'gone with its CMK',
  )
})

t.test('tags: a registry, duplicates, and a tag store that fails', async (t) => {
  const file = `${t.testdir()}/tags.db`
  const store = await openStore(`sqlite:${file}`)
  t.teardown(() => store.close())
  const client = await createClient({ store, tagRegistry: [{ key: 'env', values: ['dev', 'prod'] }] })
  const KeyId = await client.makeKey()
  const tags = (...list: [string, string][]) => ({
    Tags: list.map(([TagKey, TagValue]) => ({ TagKey, TagValue })),
  })
  const code = async (input: object) => (await host(client, KeyId, input)).Error?.Code
  t.equal(await code(tags(['env', 'dev'])), undefined)
  t.equal(await code(tags(['env', 'test'])), 'InvalidParameterValue.TagsNotExisted')
  t.equal(await code(tags(['team', 'a'])), 'InvalidParameterValue.TagsNotExisted')
  t.equal(await code(tags(['env', 'dev'], ['env', 'prod'])), 'InvalidParameterValue.TagKeysDuplicated')
  const database = new DatabaseSync(file)
  for (const table of ['data_key_tags', 'key_tags']) {
    database.exec(
      `CREATE TRIGGER no_${table} BEFORE INSERT ON ${table} BEGIN SELECT RAISE(ABORT, 'full'); END`,
    )
  }
  database.close()
  const before = (await client.call('ListDataKeys')).TotalCount
  const failing = await host(client, KeyId, tags(['env', 'dev']))
  t.match(failing.Error, { Code: 'FailedOperation.TaggingError', Message: 'The tags could not be set.' })
  t.equal((await client.call('ListDataKeys')).TotalCount, before, 'nothing was kept')
  const created = await client.refusal('CreateKey', { Alias: 'tagged', ...tags(['env', 'dev']) })
  t.equal(created, 'FailedOperation.TaggingError')
  t.notOk(await client.refusal('CreateKey', { Alias: 'tagged' }), 'its name is still free')
})

t.test('another account’s data key, and ids that are none', async (t) => {
  const client = await createClient()
  const KeyId = await client.makeKey()
  const { DataKeyId } = await host(client, KeyId)
  const inputs: [string, object][] = [
    ['DescribeDataKey', {}],
    ['EnableDataKey', {}],
    ['DisableDataKey', {}],
    ['ScheduleDataKeyDeletion', { PendingWindowInDays: 7 }],
    ['CancelDataKeyDeletion', {}],
    ['UpdateDataKeyName', { DataKeyName: 'a' }],
    ['UpdateDataKeyDescription', { Description: 'a' }],
    ['GetDataKeyPlaintext', {}],
    ['GetDataKeyCiphertextBlob', {}],
  ]
  const { store } = client.services
  const { dataKey, transact } = store
  const strange = { ...(await store.dataKey(DataKeyId)), accountId: '100000000002' } as never
  for (const [action, input] of inputs) {
    const code = 'InvalidParameterValue.InvalidDataKeyId'
    t.equal(await client.refusal(action, { DataKeyId: 'x', ...input }), code, action)
    Object.assign(store, {
      dataKey: async () => strange,
      transact: (write: (writer: object) => unknown) =>
        transact(async (writer) => write({ ...writer, dataKey: async () => strange })),
    })
    t.equal(
      await client.refusal(action, { DataKeyId, ...input }),
      'ResourceUnavailable.DataKeyNotFound',
      action,
    )
    Object.assign(store, { dataKey, transact })
  }
  for (const PendingWindowInDays of [6, 31]) {
    t.equal(
      await client.refusal('ScheduleDataKeyDeletion', { DataKeyId, PendingWindowInDays }),
      'InvalidParameter.InvalidPendingWindowInDays',
    )
  }
})

t.test('a caller’s bytes are wiped, whatever becomes of the import', async (t) => {
  const { kms, caller, makeKey } = await createClient({ tagRegistry: [] })
  const keyId = await makeKey()
  const hosting = { name: 'a', description: '', tags: [] }
  const tagged = { ...hosting, tags: [{ key: 'no', value: '' }] }
  const unknown = '00000000-0000-4000-8000-000000000000'
  for (const [id, how] of [
    [keyId, hosting],
    [keyId, hosting],
    [keyId, tagged],
    [unknown, hosting],
  ] as const) {
    const plaintext = Buffer.from('do not keep')
    await kms
      .importDataKey(caller, { material: { plaintext, keyId: id }, hosting: how })
      .catch(() => undefined)
    t.ok(plaintext.every((byte) => byte === 0))
  }
})

t.test('a blob of another account is refused as a damaged one', async (t) => {
  const client = await createClient()
  const KeyId = await client.makeKey()
  const { CiphertextBlob } = await client.call('GenerateDataKey', { KeyId, NumberOfBytes: 8 })
  const key = await client.services.store.key(KeyId)
  const strange = { key: { ...key, accountId: '100000000002' }, version: {} }
  Object.assign(client.services.store, { keyOfVersion: async () => strange })
  const input = { DataKeyName: 'a', ImportType: 1, ImportKeyMaterial: CiphertextBlob }
  t.equal(await client.refusal('ImportDataKey', input), 'InvalidParameterValue.InvalidImportKeyMaterial')
})
