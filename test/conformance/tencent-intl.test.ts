// Tencent's GenerateDataKey page of the international edition, line by line.
import { constants, generateKeyPairSync, type KeyObject, privateDecrypt } from 'node:crypto'
import { DatabaseSync } from 'node:sqlite'
import type { Services } from '../../src/core/services.ts'
import { openStore } from '../../src/store/store.ts'
import { createClient, type Tc3Options } from '../dialects/tencent/client.ts'
import { send, tencentRequest } from '../support/raw.ts'
import { tencentIntlSdk, tencentSdk } from '../support/sdks.ts'
import { startHome } from '../support/server.ts'
import { accountId, clusterIds, hasTags } from '../support/services.ts'
import { createSm2Key, withoutSm2 } from '../support/sm2.ts'
import { addUser } from '../support/users.ts'
import { proverOf } from './prove.ts'

const prove = proverOf('tencent-intl')
const host = 'kms.intl.tencentcloudapi.com'
const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/
const bytes = (text: string) => Buffer.from(text, 'base64')
const spec = { KeySpec: 'AES_256' }

/** A client of the international edition with a CMK, and calls of GenerateDataKey under that CMK. */
async function start(overrides: Partial<Services> = {}) {
  const client = await createClient(overrides)
  const KeyId = await client.makeKey()
  const generate = (input: object = spec, options: Tc3Options = {}) =>
    client.call('GenerateDataKey', { KeyId, ...input }, { host, ...options })
  const code = async (input: object = spec, options: Tc3Options = {}) =>
    (await generate(input, options)).Error?.Code
  return { ...client, KeyId, generate, code }
}

const hosted = (DataKeyName: string, input: object = {}) => ({
  ...spec,
  IsHostedByKms: 1,
  DataKeyName,
  ...input,
})

prove(
  [
    'endpoint',
    'example 1 request',
    'example 1 reply',
    'parameter Action',
    'parameter Version',
    'parameter EncryptionPublicKey',
    'parameter EncryptionAlgorithm',
    'response Plaintext',
    'response RequestId',
  ],
  'the example and all five algorithms, raw and by the SDKs, on a real server',
  async (t) => {
    const home = await startHome(t)
    const credentials = home.credentials()
    const KeyId = credentials.keyId
    const EncryptionContext = '{"key1":"value1"}'
    const raw = async (input: object) => {
      const signed = tencentRequest({ ...credentials, endpoint: `https://${host}` }, 'GenerateDataKey', input)
      return JSON.parse((await send(home.server.host, signed)).body).Response
    }
    const cn = tencentSdk(credentials)
    const intl = tencentIntlSdk(credentials)
    const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 })
    const pem = rsa.publicKey.export({ type: 'spki', format: 'pem' }).toString()
    const open = (padding: object) => (blob: Buffer) =>
      privateDecrypt({ key: rsa.privateKey, ...padding } as { key: KeyObject }, blob)
    const recipients: [string, string, (blob: Buffer) => Buffer][] = [
      ['RSAES_PKCS1_V1_5', pem, open({ padding: constants.RSA_PKCS1_PADDING })],
      ['RSAES_OAEP_SHA_1', pem, open({ oaepHash: 'sha1' })],
      ['RSAES_OAEP_SHA_256', pem, open({ oaepHash: 'sha256' })],
    ]
    if (withoutSm2 === false) {
      const { publicKey, openRaw, openAsn1 } = createSm2Key(t)
      recipients.push(
        ['SM2', publicKey, openRaw],
        ['', publicKey, openRaw],
        ['SM2_C1C3C2_ASN1', publicKey, openAsn1],
      )
    }
    for (const [EncryptionAlgorithm, EncryptionPublicKey, decrypt] of recipients) {
      const input = {
        KeyId,
        ...spec,
        NumberOfBytes: 32,
        EncryptionContext,
        EncryptionPublicKey,
        EncryptionAlgorithm,
      }
      for (const reply of [
        await raw(input),
        await cn('GenerateDataKey', input),
        await intl('GenerateDataKey', input),
      ]) {
        const { CiphertextBlob, Plaintext } = reply
        t.match(reply, { KeyId, RequestId: uuid })
        t.match(CiphertextBlob, /^\S{88}-k-\S{24}-k-\S+$/)
        if (EncryptionAlgorithm === 'SM2') t.equal(bytes(Plaintext).length, 128)
        const opened = await cn('Decrypt', { CiphertextBlob, EncryptionContext })
        t.equal(decrypt(bytes(Plaintext)).toString('base64'), opened.Plaintext, EncryptionAlgorithm)
        const again = await cn('Decrypt', {
          CiphertextBlob,
          EncryptionContext,
          EncryptionPublicKey,
          EncryptionAlgorithm,
        })
        t.equal(decrypt(bytes(String(again.Plaintext))).toString('base64'), opened.Plaintext)
      }
    }
    const clear = await raw({ KeyId, ...spec, EncryptionPublicKey: '', EncryptionAlgorithm: 'SM2' })
    t.equal(bytes(clear.Plaintext).length, 32, 'an empty key encrypts nothing')
  },
)

prove(['rate'], '150 a second are asked of the limiter', async (t) => {
  const client = await createClient({}, 'auto', 'simulation')
  const asked: number[] = []
  Object.assign(client.limiter, { take: async (_: string, rate: number) => asked.push(rate) * 0 })
  await client.call('GenerateDataKey', {}, { host })
  t.same(asked, [150])
})

prove(['parameter Region'], 'is required', async (t) => {
  const { generate } = await start()
  const headers = { 'x-tc-region': undefined }
  t.match((await generate(spec, { headers })).Error, { Code: 'MissingParameter', Message: /`X-TC-Region`/ })
})

prove(['parameter KeyId', 'response KeyId'], 'is required, and comes back', async (t) => {
  const { call, generate, KeyId } = await start()
  t.match((await call('GenerateDataKey', spec, { host })).Error, {
    Code: 'MissingParameter',
    Message: /`KeyId`/,
  })
  t.equal((await generate()).KeyId, KeyId)
})

prove(['parameter KeySpec', 'parameter NumberOfBytes'], 'one of them; NumberOfBytes prevails', async (t) => {
  const { generate, code } = await start()
  const length = async (input: object) => bytes((await generate(input)).Plaintext).length
  t.equal(await length({ KeySpec: 'AES_128' }), 16)
  t.equal(await length({ KeySpec: 'AES_256' }), 32)
  t.equal(await length({ KeySpec: 'AES_256', NumberOfBytes: 1 }), 1)
  t.equal(await length({ NumberOfBytes: 1024 }), 1024)
  t.equal(await code({}), 'InvalidParameter', 'neither')
  t.match((await generate({})).Error.Message, /`KeySpec`.*`NumberOfBytes`/)
  for (const NumberOfBytes of [0, 1025]) t.equal(await code({ NumberOfBytes }), 'InvalidParameter')
  t.equal(await code({ KeySpec: 'AES_512' }), 'InvalidParameter')
})

prove(
  ['parameter EncryptionContext', 'response CiphertextBlob'],
  'must be given again to decrypt',
  async (t) => {
    const { call, generate, refusal } = await start()
    const EncryptionContext = '{"key1":"value1"}'
    const { CiphertextBlob, Plaintext } = await generate({ ...spec, EncryptionContext })
    t.match(await call('Decrypt', { CiphertextBlob, EncryptionContext }), { Plaintext })
    t.equal(await refusal('Decrypt', { CiphertextBlob }), 'InvalidParameterValue.InvalidCiphertext')
  },
)

prove(
  ['parameter IsHostedByKms', 'parameter DataKeyName', 'response DataKeyId'],
  'kept under its name with 1, not kept with 0',
  async (t) => {
    const { call, generate, code } = await start()
    const { DataKeyId, Plaintext } = await generate(hosted('orders'))
    t.match(DataKeyId, uuid)
    t.match(await call('GetDataKeyPlaintext', { DataKeyId }), { Plaintext })
    t.match(await call('DescribeDataKey', { DataKeyId }), { DataKeyMetadata: { DataKeyName: 'orders' } })
    t.equal(await code({ ...spec, IsHostedByKms: 1 }), 'InvalidParameterValue.InvalidDataKeyName', 'required')
    for (const input of [{}, { DataKeyName: 'x' }]) {
      const loose = await generate({ ...spec, IsHostedByKms: 0, ...input })
      t.notOk('DataKeyId' in loose)
    }
    t.equal((await call('ListDataKeys')).TotalCount, 1)
  },
)

prove(['parameter Description'], 'at most 100 bytes', async (t) => {
  const { call, generate, code } = await start()
  const Description = `${'数'.repeat(33)}x`
  const { DataKeyId } = await generate(hosted('a', { Description }))
  t.match(await call('DescribeDataKey', { DataKeyId }), { DataKeyMetadata: { Description } })
  t.equal(await code(hosted('b', { Description: `${Description}x` })), 'InvalidParameter')
})

prove(
  ['parameter HsmClusterId', 'error InvalidParameterValue.InvalidHsmClusterId'],
  'is the CMK’s',
  async (t) => {
    const { code } = await start()
    t.equal(await code({ ...spec, HsmClusterId: clusterIds[0] }), undefined)
    t.equal(await code({ ...spec, HsmClusterId: '' }), undefined)
    for (const HsmClusterId of [clusterIds[1], 'cls-hsm-none'])
      t.equal(await code({ ...spec, HsmClusterId }), 'InvalidParameterValue.InvalidHsmClusterId')
  },
)

prove(['parameter Tags', 'response TagCode', 'response TagMsg'], 'of a hosted data key', async (t) => {
  const { call, generate, KeyId, services } = await start()
  const Tags = [{ TagKey: 'env', TagValue: 'dev' }]
  const made = await generate(hosted('a', { Tags }))
  t.match(made, { TagCode: 0, TagMsg: 'ok' })
  const found = await call('ListDataKeyDetail', { TagFilters: [{ TagKey: 'env', TagValue: ['dev'] }] })
  t.match(found, { TotalCount: 1, DataKeyMetadatas: [{ DataKeyId: made.DataKeyId }] })
  t.notOk(await hasTags(services, KeyId, { env: 'dev' }), 'not of its CMK')
  t.notOk('TagCode' in (await generate({ ...spec, Tags })), 'nothing to tag')
})

prove(['error FailedOperation.EncryptionError'], 'a key that cannot encrypt it', async (t) => {
  const { code } = await start()
  const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const EncryptionPublicKey = publicKey.export({ type: 'spki', format: 'pem' }).toString()
  const cases = [
    { EncryptionPublicKey: 'x' },
    { EncryptionPublicKey },
    { EncryptionPublicKey, EncryptionAlgorithm: 'RSAES_OAEP_SHA_256', NumberOfBytes: 191 },
  ]
  for (const input of cases) t.equal(await code({ ...spec, ...input }), 'FailedOperation.EncryptionError')
})

prove(['error FailedOperation.TaggingError'], 'tags that cannot be written', async (t) => {
  const file = `${t.testdir()}/tags.db`
  const store = await openStore(`sqlite:${file}`)
  t.teardown(() => store.close())
  const { code } = await start({ store })
  const database = new DatabaseSync(file)
  database.exec(
    "CREATE TRIGGER none BEFORE INSERT ON data_key_tags BEGIN SELECT RAISE(ABORT, 'no room for tags'); END",
  )
  database.close()
  const Tags = [{ TagKey: 'env', TagValue: 'dev' }]
  t.equal(await code(hosted('a', { Tags })), 'FailedOperation.TaggingError')
  t.equal(await code(hosted('a')), undefined, 'nothing was kept, and without tags it works')
})

prove(['error InternalError'], 'when no token answers', async (t) => {
  const { code, services } = await start()
  Object.assign(services.hsm, { generate: () => Promise.reject(new Error('away')) })
  t.equal(await code(), 'InternalError')
})

prove(['error InvalidParameter'], 'a value of the wrong type', async (t) => {
  const { code } = await start()
  t.equal(await code({ NumberOfBytes: 'many' }), 'InvalidParameter')
  t.equal(await code({ ...spec, EncryptionAlgorithm: 'RSA', EncryptionPublicKey: 'x' }), 'InvalidParameter')
})

prove(['error InvalidParameterValue.DataKeyNameAlreadyExists'], 'a name that is taken', async (t) => {
  const { code } = await start()
  t.equal(await code(hosted('a')), undefined)
  t.equal(await code(hosted('a')), 'InvalidParameterValue.DataKeyNameAlreadyExists')
})

prove(['error InvalidParameterValue.InvalidDataKeyName'], 'a name that cannot be one', async (t) => {
  const { code } = await start()
  for (const name of ['', ' ', '_a', 'a b', 'a'.repeat(61)])
    t.equal(await code(hosted(name)), 'InvalidParameterValue.InvalidDataKeyName')
})

prove(['error InvalidParameterValue.InvalidKeyId'], 'a KeyId that cannot be one', async (t) => {
  const { code } = await start()
  t.equal(await code({ KeyId: 'x', ...spec }), 'InvalidParameterValue.InvalidKeyId')
})

prove(['error InvalidParameterValue.InvalidKeyUsage'], 'a CMK made for another use', async (t) => {
  const { code, services, KeyId } = await start()
  const { store } = services
  const like = await store.key(KeyId)
  if (like === undefined) throw new Error('no key')
  const id = '93866e69-9755-41ef-8e65-52540089bc41'
  const key = { ...like, id, primaryVersionId: id, usage: 'ASYMMETRIC_DECRYPT_RSA_2048' } as const
  await store.transact(async (writer) => {
    await writer.insertIntent({ key })
    await writer.activateKey(id, id, 'abc')
  })
  t.equal(await code({ KeyId: id, ...spec }), 'InvalidParameterValue.InvalidKeyUsage')
})

prove(['error InvalidParameterValue.InvalidType'], 'IsHostedByKms that is neither 0 nor 1', async (t) => {
  const { code } = await start()
  t.equal(await code({ ...spec, IsHostedByKms: 2 }), 'InvalidParameterValue.InvalidType')
})

prove(
  ['error InvalidParameterValue.TagKeysDuplicated', 'error InvalidParameterValue.TagsNotExisted'],
  'tags twice, and tags that are not in the registry',
  async (t) => {
    const { code } = await start({ tagRegistry: [{ key: 'env', values: ['dev'] }] })
    const Tag = { TagKey: 'env', TagValue: 'dev' }
    t.equal(await code(hosted('a', { Tags: [Tag, Tag] })), 'InvalidParameterValue.TagKeysDuplicated')
    for (const strange of [
      { TagKey: 'env', TagValue: 'x' },
      { TagKey: 'x', TagValue: 'dev' },
    ])
      t.equal(await code(hosted('a', { Tags: [strange] })), 'InvalidParameterValue.TagsNotExisted')
    t.equal(await code(hosted('a', { Tags: [Tag] })), undefined)
  },
)

prove(
  ['error LimitExceeded.CmkLimitExceeded'],
  'an account over its quota of CMKs hosts no more',
  async (t) => {
    const quotas = { cmk: 1, dataKey: null }
    const { code } = await start({ quotas })
    quotas.cmk = 0
    t.equal(await code(hosted('a')), 'LimitExceeded.CmkLimitExceeded')
    t.equal(await code(), undefined, 'it still makes data keys that are not hosted')
  },
)

prove(['error LimitExceeded.DataKeyLimitExceeded'], 'one data key more than the quota', async (t) => {
  const { code } = await start({ quotas: { cmk: null, dataKey: 2 } })
  t.equal(await code(hosted('a')), undefined)
  t.equal(await code(hosted('b')), undefined)
  t.equal(await code(hosted('c')), 'LimitExceeded.DataKeyLimitExceeded')
})

prove(['error ResourceUnavailable.CmkDisabled'], 'a disabled CMK', async (t) => {
  const { call, code, KeyId } = await start()
  await call('DisableKey', { KeyId })
  t.equal(await code(), 'ResourceUnavailable.CmkDisabled')
})

prove(['error ResourceUnavailable.CmkNotFound'], 'no such CMK, or another account’s', async (t) => {
  const { code, services, KeyId } = await start()
  const notFound = 'ResourceUnavailable.CmkNotFound'
  t.equal(await code({ KeyId: '23e80852-1e38-11e9-b129-5cb9019b4b01', ...spec }), notFound)
  const mine = await services.store.key(KeyId)
  t.equal(mine?.accountId, accountId)
  Object.assign(services.store, { key: async () => ({ ...mine, accountId: '100000000002' }) })
  t.equal(await code(), notFound)
})

prove(['error ResourceUnavailable.KeyPendingDelete'], 'a CMK that awaits its deletion', async (t) => {
  const { call, code, KeyId } = await start()
  await call('DisableKey', { KeyId })
  await call('ScheduleKeyDeletion', { KeyId, PendingWindowInDays: 7 })
  t.equal(await code(), 'ResourceUnavailable.KeyPendingDelete')
})

prove(['error UnauthorizedOperation'], 'a user whose policy does not allow it', async (t) => {
  const { code, services } = await start()
  const user = await addUser(services)
  t.equal(await code(spec, user), 'UnauthorizedOperation')
  await user.allow('kms:Decrypt')
  t.equal(await code(spec, user), 'UnauthorizedOperation')
  await user.allow('kms:GenerateDataKey')
  t.equal(await code(spec, user), undefined)
})
