// Alibaba's GenerateDataKey, the Chinese page of the 2016 version, line by line.
import { XMLParser } from 'fast-xml-parser'
import { createClient } from '../dialects/alibaba/client.ts'
import { alibabaRpcPath, send } from '../support/raw.ts'
import { kms20160120, openapiCore, popCore } from '../support/sdks.ts'
import { startHome } from '../support/server.ts'
import { proverOf } from './prove.ts'

const prove = proverOf('alibaba-2016')
const members = ['CiphertextBlob', 'KeyId', 'KeyVersionId', 'Plaintext', 'RequestId']
const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/
const bytes = (text: string) => Buffer.from(text, 'base64')

prove(
  [
    'example request',
    'example XML reply',
    'example JSON reply',
    'parameter Action',
    'response CiphertextBlob',
    'response KeyVersionId',
    'response Plaintext',
    'response RequestId',
  ],
  'raw in both formats and by the SDKs, on a real server',
  async (t) => {
    const home = await startHome(t)
    const credentials = home.credentials()
    const KeyId = credentials.keyId
    const host = 'kms.cn-hangzhou.aliyuncs.com'
    const raw = async (Format: string | undefined) => {
      const path = alibabaRpcPath(credentials, { Action: 'GenerateDataKey', KeyId, Format })
      const { status, headers, body } = await send(home.server.host, { path, headers: { host } })
      t.equal(status, 200)
      t.equal(headers['content-type'], `${Format === 'XML' ? 'text/xml' : 'application/json'};charset=utf-8`)
      return body
    }
    const replies = [
      JSON.parse(await raw('JSON')),
      JSON.parse(await raw(undefined)),
      new XMLParser().parse(await raw('XML')).GenerateDataKeyResponse,
      await popCore(credentials)('GenerateDataKey', { KeyId }),
      await kms20160120(credentials)('GenerateDataKey', { KeyId }),
      await openapiCore(credentials)('GenerateDataKey', { KeyId }),
    ]
    for (const reply of replies) {
      t.same(Object.keys(reply).sort(), members)
      t.match(reply, { KeyId, KeyVersionId: uuid, RequestId: uuid })
      t.equal(bytes(String(reply.Plaintext)).length, 32)
      const version = bytes(String(reply.CiphertextBlob)).subarray(0, 36).toString()
      t.equal(version, reply.KeyVersionId, 'the blob begins with its version')
    }
    const { KeyMetadata } = (await popCore(credentials)('DescribeKey', { KeyId })) as {
      KeyMetadata?: { PrimaryKeyVersion: string }
    }
    t.equal(replies[0].KeyVersionId, KeyMetadata?.PrimaryKeyVersion, 'encrypted by the primary version')
  },
)

prove(
  ['text not stored', 'text not derived'],
  'each key is new, nothing of it is kept, its blob opens',
  async (t) => {
    const { call, makeKey, services } = await createClient()
    const KeyId = await makeKey()
    const made = [
      (await call('GenerateDataKey', { KeyId })).body,
      (await call('GenerateDataKey', { KeyId })).body,
    ]
    t.not(made[0].Plaintext, made[1].Plaintext)
    for (const { CiphertextBlob, Plaintext } of made)
      t.equal((await call('Decrypt', { CiphertextBlob })).body.Plaintext, Plaintext)
    const filter = { accountId: '100000000001', now: 0 }
    t.equal((await services.store.listDataKeys(filter, { offset: 0, limit: 10 })).total, 0)
  },
)

prove(['parameter KeyId', 'response KeyId'], 'required: an id or an alias; the id comes back', async (t) => {
  const { call, makeKey } = await createClient()
  t.match(await call('GenerateDataKey'), {
    status: 400,
    body: { Code: 'MissingParameter', Message: /KeyId/ },
  })
  const KeyId = await makeKey()
  await call('CreateAlias', { KeyId, AliasName: 'alias/orders' })
  for (const name of [KeyId, 'alias/orders'])
    t.equal((await call('GenerateDataKey', { KeyId: name })).body.KeyId, KeyId)
})

prove(['parameter KeySpec', 'parameter NumberOfBytes'], 'lengths', async (t) => {
  const { call, makeKey } = await createClient()
  const KeyId = await makeKey()
  const cases: [object, number][] = [
    [{}, 32],
    [{ KeySpec: 'AES_256' }, 32],
    [{ KeySpec: 'AES_128' }, 16],
    [{ KeySpec: 'AES_256', NumberOfBytes: '1' }, 1],
    [{ KeySpec: 'SM4_128', NumberOfBytes: '16' }, 16],
    [{ NumberOfBytes: '1024' }, 1024],
  ]
  for (const [input, length] of cases)
    t.equal(bytes((await call('GenerateDataKey', { KeyId, ...input })).body.Plaintext).length, length)
  for (const input of [{ KeySpec: 'SM4_128' }, { NumberOfBytes: '0' }, { NumberOfBytes: '1025' }]) {
    const { status, body } = await call('GenerateDataKey', { KeyId, ...input })
    t.match({ status, Code: body.Code }, { status: 400, Code: 'InvalidParameter' }, JSON.stringify(input))
  }
})

prove(['parameter EncryptionContext'], 'must be given again to Decrypt', async (t) => {
  const { call, makeKey } = await createClient()
  const KeyId = await makeKey()
  const EncryptionContext = '{"Example":"Example"}'
  const { CiphertextBlob, Plaintext } = (await call('GenerateDataKey', { KeyId, EncryptionContext })).body
  t.equal((await call('Decrypt', { CiphertextBlob, EncryptionContext })).body.Plaintext, Plaintext)
  t.equal((await call('Decrypt', { CiphertextBlob })).status, 400)
  t.equal((await call('Decrypt', { CiphertextBlob, EncryptionContext: '{"Example":"x"}' })).status, 400)
})
