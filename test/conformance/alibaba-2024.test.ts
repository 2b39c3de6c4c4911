// Alibaba's GenerateDataKey page of 2024, line by line.
import { XMLParser } from 'fast-xml-parser'
import type { Services } from '../../src/core/services.ts'
import { lifecycle as tencentLifecycle } from '../../src/dialects/tencent/lifecycle.ts'
import { createClient } from '../dialects/alibaba/client.ts'
import { alibabaRequest, alibabaRpcPath, send } from '../support/raw.ts'
import { kms20160120, openapiCore, popCore } from '../support/sdks.ts'
import { startHome } from '../support/server.ts'
import { accountId } from '../support/services.ts'
import { addUser } from '../support/users.ts'
import { proverOf } from './prove.ts'

const prove = proverOf('alibaba-2024')
const members = ['CiphertextBlob', 'KeyId', 'KeyVersionId', 'Plaintext', 'RequestId']
const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/
const bytes = (text: string) => Buffer.from(text, 'base64')

/** A client with a CMK, and calls of GenerateDataKey under it. */
async function start(overrides: Partial<Services> = {}, profile: 'simulation' | 'on-prem' = 'on-prem') {
  const client = await createClient(overrides, profile)
  const KeyId = await client.makeKey()
  const generate = (input: object = {}) => client.call('GenerateDataKey', { KeyId, ...input })
  return { ...client, KeyId, generate }
}

prove(
  [
    'example request',
    'example XML reply',
    'example JSON reply',
    'parameter Action',
    'response KeyVersionId',
    'response CiphertextBlob',
    'response Plaintext',
    'response RequestId',
  ],
  'raw in every form and by the SDKs, on a real server',
  async (t) => {
    const home = await startHome(t)
    const credentials = home.credentials()
    const KeyId = credentials.keyId
    const input = { KeyId, KeySpec: 'AES_256', NumberOfBytes: '256', DryRun: 'false' }
    const rpc = async (Format: string) => {
      const path = alibabaRpcPath(credentials, { Action: 'GenerateDataKey', ...input, Format })
      const { status, body } = await send(home.server.host, { path })
      t.equal(status, 200)
      return body
    }
    const acs3 = await send(home.server.host, alibabaRequest(credentials, 'GenerateDataKey', input))
    const replies = [
      JSON.parse(await rpc('JSON')),
      new XMLParser().parse(await rpc('XML')).GenerateDataKeyResponse,
      JSON.parse(acs3.body),
      await popCore(credentials)('GenerateDataKey', input),
      await kms20160120(credentials)('GenerateDataKey', { KeyId, KeySpec: 'AES_256', NumberOfBytes: 256 }),
      await openapiCore(credentials)('GenerateDataKey', input),
    ]
    for (const reply of replies) {
      t.same(Object.keys(reply).sort(), members)
      t.match(reply, { KeyId, KeyVersionId: uuid, RequestId: uuid })
      t.equal(bytes(String(reply.Plaintext)).length, 256)
      t.equal(bytes(String(reply.CiphertextBlob)).subarray(0, 36).toString(), reply.KeyVersionId)
    }
  },
)

prove(['rate'], '750 a second are asked of the limiter, and more are throttled', async (t) => {
  const { generate, limiter } = await start({}, 'simulation')
  const asked: unknown[] = []
  Object.assign(limiter, { take: async (...subject: unknown[]) => (asked.push(subject) > 1 ? 250 : 0) })
  t.equal((await generate()).status, 200)
  t.match(await generate(), {
    status: 429,
    headers: { 'x-acs-retry-after': '250' },
    body: { Code: 'Rejected.Throttling' },
  })
  t.same(asked[0], [`alibaba/${accountId}/GenerateDataKey`, 750])
})

prove(['parameter KeyId', 'response KeyId'], 'id, alias or ARN; the id comes back', async (t) => {
  const { call, generate, KeyId } = await start()
  await call('CreateAlias', { KeyId, AliasName: 'alias/orders' })
  const arn = `acs:kms:cn-hangzhou:${accountId}:key/${KeyId}`
  for (const name of [KeyId, 'alias/orders', arn])
    t.equal((await generate({ KeyId: name })).body.KeyId, KeyId, name)
  for (const wrong of [arn.replace('hangzhou', 'beijing'), arn.replace(accountId, '100000000002')])
    t.match(await generate({ KeyId: wrong }), { status: 404, body: { Code: 'Forbidden.KeyNotFound' } }, wrong)
  t.match(await call('GenerateDataKey'), { status: 400, body: { Code: 'MissingParameter' } })
})

prove(['parameter KeySpec', 'parameter NumberOfBytes'], 'lengths', async (t) => {
  const { generate } = await start()
  const cases: [object, number][] = [
    [{}, 32],
    [{ KeySpec: 'AES_256' }, 32],
    [{ KeySpec: 'AES_128' }, 16],
    [{ KeySpec: 'AES_128', NumberOfBytes: '256' }, 256],
    [{ NumberOfBytes: '1' }, 1],
    [{ NumberOfBytes: '1024' }, 1024],
  ]
  for (const [input, length] of cases) t.equal(bytes((await generate(input)).body.Plaintext).length, length)
  for (const input of [{ KeySpec: 'AES_512' }, { NumberOfBytes: '0' }, { NumberOfBytes: '1025' }])
    t.match(await generate(input), { status: 400, body: { Code: 'InvalidParameter' } }, JSON.stringify(input))
})

prove(['parameter EncryptionContext'], 'an equivalent value opens it', async (t) => {
  const { call, generate } = await start()
  const { CiphertextBlob, Plaintext } = (await generate({ EncryptionContext: '{"a":"1","b":"2"}' })).body
  const equivalent = await call('Decrypt', { CiphertextBlob, EncryptionContext: '{ "b": "2", "a": "1" }' })
  t.equal(equivalent.body.Plaintext, Plaintext)
  for (const input of [{}, { EncryptionContext: '{"a":"1"}' }])
    t.equal((await call('Decrypt', { CiphertextBlob, ...input })).status, 400)
})

prove(['parameter DryRun'], 'always an error that tells the outcome, and nothing is done', async (t) => {
  const client = await start()
  const { generate, services, KeyId } = client
  const made: unknown[] = []
  Object.assign(services.hsm, {
    generate: (...args: unknown[]) => {
      made.push(args)
      throw new Error('a dry run must not make a key')
    },
  })
  const code = async (input: object) => (await generate({ DryRun: 'true', ...input })).body.Code
  t.equal(await code({}), 'DryRunOperationError')
  t.equal(await code({ NumberOfBytes: '0' }), 'ValidationError')
  t.equal(await code({ KeyId: 'none' }), 'ValidationError')
  const user = await addUser(services)
  const fields = { Action: 'GenerateDataKey', KeyId, DryRun: 'true', AccessKeyId: user.secretId }
  const denied = await client.send({ rawQuery: client.query(fields, 'GET', user.secret) })
  t.match(denied, { status: 403, body: { Code: 'AccessDeniedError' } })
  t.same(made, [])
})

prove(['error UnsupportedOperation'], 'a key made for another use', async (t) => {
  const { generate, services, KeyId } = await start()
  const like = await services.store.key(KeyId)
  Object.assign(services.store, { key: async () => ({ ...like, usage: 'ASYMMETRIC_DECRYPT_RSA_2048' }) })
  const { status, body } = await generate()
  t.match(
    { status, ...body },
    { status: 400, Code: 'UnsupportedOperation', Message: 'This action is not supported.' },
  )
})

prove(
  ['error Forbidden.AliasNotFound', 'error Forbidden.KeyNotFound'],
  'no such alias, no such key',
  async (t) => {
    const { generate } = await start()
    t.match(await generate({ KeyId: 'alias/none' }), {
      status: 404,
      body: { Code: 'Forbidden.AliasNotFound', Message: 'The specified Alias is not found.' },
    })
    t.match(await generate({ KeyId: 'key-hzz630494463ejqjx0000' }), {
      status: 404,
      body: { Code: 'Forbidden.KeyNotFound', Message: 'The specified Key is not found.' },
    })
  },
)

prove(['error Rejected.Disabled', 'error Rejected.PendingDeletion'], 'by the state of the key', async (t) => {
  const { call, generate, KeyId } = await start()
  const message = (state: string) => `The request was rejected because the key state is ${state}.`
  await call('DisableKey', { KeyId })
  t.match(await generate(), {
    status: 409,
    body: { Code: 'Rejected.Disabled', Message: message('Disabled') },
  })
  await call('ScheduleKeyDeletion', { KeyId, PendingWindowInDays: '7' })
  t.match(await generate(), {
    status: 409,
    body: { Code: 'Rejected.PendingDeletion', Message: message('PendingDeletion') },
  })
})

prove(['error Rejected.Unavailable'], 'a key that Tencent’s dialect has archived', async (t) => {
  const { generate, kms, caller, KeyId } = await start()
  await kms.changeKeyState(caller, { key: { keyId: KeyId }, event: 'archive', lifecycle: tencentLifecycle })
  t.match(await generate(), {
    status: 409,
    body: {
      Code: 'Rejected.Unavailable',
      Message: 'The request was rejected because the key state is Unavailable.',
    },
  })
})
