// Tencent's GenerateDataKey page of the China edition, line by line.
import { createClient } from '../dialects/tencent/client.ts'
import { send, tencentV1Path } from '../support/raw.ts'
import { tencentSdk } from '../support/sdks.ts'
import { startHome } from '../support/server.ts'
import { addUser } from '../support/users.ts'
import { proverOf } from './prove.ts'

const prove = proverOf('tencent-cn')
const host = 'kms.tencentcloudapi.com'
const bytes = (text: string) => Buffer.from(text, 'base64').length

prove(
  [
    'endpoint',
    'example 1 request',
    'example 1 reply',
    'parameter Action',
    'parameter Version',
    'response RequestId',
  ],
  'the example, raw and by the SDK, on a real server',
  async (t) => {
    const home = await startHome(t)
    const credentials = home.credentials()
    const fields = { Action: 'GenerateDataKey', KeyId: credentials.keyId, KeySpec: 'AES_256' }
    const path = tencentV1Path({ ...credentials, endpoint: `https://${host}` }, fields)
    const { status, headers, body } = await send(home.server.host, { path, headers: { host } })
    t.match({ status, type: headers['content-type'] }, { status: 200, type: 'application/json' })
    const raw = JSON.parse(body).Response
    const sdk = await tencentSdk(credentials)('GenerateDataKey', {
      KeyId: credentials.keyId,
      KeySpec: 'AES_256',
    })
    for (const reply of [raw, sdk]) {
      t.same(Object.keys(reply).sort(), ['CiphertextBlob', 'KeyId', 'Plaintext', 'RequestId'])
      t.match(reply, { RequestId: /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/, KeyId: credentials.keyId })
      t.equal(bytes(reply.Plaintext), 32)
      const parts = String(reply.CiphertextBlob).split('-k-')
      t.same(
        parts.slice(0, 2).map((part) => part.length),
        [88, 24],
      )
      t.equal(parts.length, 3)
      for (const part of parts) t.equal(Buffer.from(part, 'base64').toString('base64'), part, 'padded base64')
    }
    t.not(raw.RequestId, sdk.RequestId)
    t.equal(raw.CiphertextBlob.split('-k-')[0], String(sdk.CiphertextBlob).split('-k-')[0], 'one per CMK')
  },
)

prove(['rate'], '100 a second are asked of the limiter', async (t) => {
  const client = await createClient({}, 'auto', 'simulation')
  const KeyId = await client.makeKey()
  const asked: number[] = []
  Object.assign(client.limiter, { take: async (_: string, rate: number) => asked.push(rate) * 0 })
  await client.call('GenerateDataKey', { KeyId }, { host })
  t.same(asked, [100])
})

prove(['parameter Region'], 'is required', async (t) => {
  const client = await createClient()
  const KeyId = await client.makeKey()
  const reply = await client.call('GenerateDataKey', { KeyId }, { headers: { 'x-tc-region': undefined } })
  t.match(reply.Error, { Code: 'MissingParameter', Message: /`X-TC-Region`/ })
})

prove(['parameter KeyId', 'response KeyId'], 'is required, and comes back', async (t) => {
  const { call, makeKey } = await createClient()
  t.match((await call('GenerateDataKey')).Error, { Code: 'MissingParameter', Message: /`KeyId`/ })
  const KeyId = await makeKey()
  t.equal((await call('GenerateDataKey', { KeyId })).KeyId, KeyId)
})

prove(['parameter KeySpec', 'response Plaintext'], 'AES_128, AES_256, and AES_256 by default', async (t) => {
  const { call, makeKey, refusal } = await createClient({}, 'cn')
  const KeyId = await makeKey()
  for (const [input, length] of [
    [{ KeySpec: 'AES_128' }, 16],
    [{ KeySpec: 'AES_256' }, 32],
    [{}, 32],
  ] as const)
    t.equal(bytes((await call('GenerateDataKey', { KeyId, ...input })).Plaintext), length)
  t.equal(await refusal('GenerateDataKey', { KeyId, KeySpec: 'AES_192' }), 'InvalidParameter')
})

prove(['parameter NumberOfBytes'], 'from 1 to 1024, and before KeySpec', async (t) => {
  const { call, makeKey, refusal } = await createClient()
  const KeyId = await makeKey()
  for (const NumberOfBytes of [1, 7, 1024]) {
    for (const input of [{}, { KeySpec: 'AES_128' }]) {
      const { Plaintext } = await call('GenerateDataKey', { KeyId, NumberOfBytes, ...input })
      t.equal(bytes(Plaintext), NumberOfBytes)
    }
  }
  for (const NumberOfBytes of [0, 1025, -1, 1.5])
    t.equal(
      await refusal('GenerateDataKey', { KeyId, NumberOfBytes }),
      'InvalidParameter',
      `${NumberOfBytes}`,
    )
})

prove(
  ['parameter EncryptionContext', 'response CiphertextBlob'],
  'must be given again to decrypt',
  async (t) => {
    const { call, makeKey, refusal } = await createClient()
    const KeyId = await makeKey()
    const EncryptionContext = '{"key1":"value1"}'
    const { CiphertextBlob, Plaintext } = await call('GenerateDataKey', { KeyId, EncryptionContext })
    t.match(await call('Decrypt', { CiphertextBlob, EncryptionContext }), { Plaintext })
    for (const other of [{}, { EncryptionContext: '{"key1":"value2"}' }])
      t.equal(
        await refusal('Decrypt', { CiphertextBlob, ...other }),
        'InvalidParameterValue.InvalidCiphertext',
      )
  },
)

prove(['error InternalError'], 'when no token answers', async (t) => {
  const { call, makeKey, services, refusal } = await createClient()
  const KeyId = await makeKey()
  Object.assign(services.hsm, { generate: () => Promise.reject(new Error('away')) })
  t.equal(await refusal('GenerateDataKey', { KeyId }), 'InternalError')
  t.equal((await call('GenerateDataKey', { KeyId })).Error.Message, 'Internal error.')
})

prove(['error InvalidParameter'], 'a value of the wrong type', async (t) => {
  const { makeKey, refusal } = await createClient()
  const KeyId = await makeKey()
  t.equal(await refusal('GenerateDataKey', { KeyId, NumberOfBytes: 'many' }), 'InvalidParameter')
  t.equal(await refusal('GenerateDataKey', { KeyId, EncryptionContext: 'x' }), 'InvalidParameter')
})

prove(['error InvalidParameterValue.InvalidKeyId'], 'a KeyId that cannot be one', async (t) => {
  const { refusal } = await createClient()
  for (const KeyId of ['', 'x', '23E80852-1e38-11e9-b129-5cb9019b4b01'])
    t.equal(await refusal('GenerateDataKey', { KeyId }), 'InvalidParameterValue.InvalidKeyId')
})

prove(['error ResourceUnavailable.CmkDisabled'], 'a disabled CMK', async (t) => {
  const { call, makeKey, refusal } = await createClient()
  const KeyId = await makeKey()
  await call('DisableKey', { KeyId })
  t.equal(await refusal('GenerateDataKey', { KeyId }), 'ResourceUnavailable.CmkDisabled')
})

prove(['error ResourceUnavailable.CmkNotFound'], 'no such CMK', async (t) => {
  const { refusal } = await createClient()
  const KeyId = '23e80852-1e38-11e9-b129-5cb9019b4b01'
  t.equal(await refusal('GenerateDataKey', { KeyId }), 'ResourceUnavailable.CmkNotFound')
})

prove(['error UnauthorizedOperation'], 'a user without a policy', async (t) => {
  const client = await createClient()
  const KeyId = await client.makeKey()
  const user = await addUser(client.services)
  t.equal((await client.call('GenerateDataKey', { KeyId }, user)).Error.Code, 'UnauthorizedOperation')
})
