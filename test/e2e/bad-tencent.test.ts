// Everything a Tencent client can get wrong: each gets its own code with HTTP 200, and the server lives on.
import t from 'tap'
import { type RawRequest, send, tencentRequest, tencentV1Path } from '../support/raw.ts'
import { startHome } from '../support/server.ts'

const home = await startHome(t)
const { server } = home
const credentials = home.credentials()
const { keyId } = credentials
const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}$/

type Assert = Pick<typeof t, 'equal' | 'match'>

async function call(
  request: RawRequest,
): Promise<Record<string, unknown> & { Error?: { Code: string; Message: string } }> {
  const reply = await send(server.host, request)
  t.equal(reply.status, 200)
  t.equal(reply.headers['content-type'], 'application/json', 'without a charset')
  const { Response } = JSON.parse(reply.body)
  t.match(Response.RequestId, uuid)
  return Response
}

async function refuse(t: Assert, name: string, code: string, request: RawRequest, names = ''): Promise<void> {
  const { Error: error } = await call(request)
  t.equal(error?.Code, code, `${name}: ${error?.Message}`)
  if (names !== '') t.match(error?.Message, new RegExp(`\`${names}\``), 'names the parameter')
}

const signed = (action: string, input: object, now?: number) =>
  tencentRequest(credentials, action, input, now)
const without = (request: RawRequest, header: string): RawRequest => {
  const { [header]: _, ...headers } = request.headers ?? {}
  return { ...request, headers }
}
const withHeaders = (request: RawRequest, headers: Record<string, string>): RawRequest => ({
  ...request,
  headers: { ...request.headers, ...headers },
})

t.test('the envelope', async (t) => {
  const good = signed('ListKeys', {})
  t.ok(Array.isArray((await call(good)).Keys))
  const traced = await send(server.host, withHeaders(good, { 'x-tc-traceid': 'trace-1' }))
  t.equal(traced.headers['x-tc-traceid'], 'trace-1', 'the trace id is echoed')
  await refuse(t, 'method', 'UnsupportedProtocol', { ...good, method: 'PUT' })
  await refuse(t, 'method', 'UnsupportedProtocol', { ...good, method: 'DELETE' })
  await refuse(t, 'no action', 'MissingParameter', without(good, 'x-tc-action'), 'X-TC-Action')
  await refuse(t, 'no version', 'MissingParameter', without(good, 'x-tc-version'), 'X-TC-Version')
  await refuse(t, 'action', 'InvalidAction', withHeaders(good, { 'x-tc-action': 'listKeys' }), 'listKeys')
  await refuse(t, 'action', 'InvalidAction', withHeaders(good, { 'x-tc-action': 'constructor' }))
  await refuse(t, 'version', 'NoSuchVersion', withHeaders(good, { 'x-tc-version': '2020-01-01' }))
  await refuse(t, 'body', 'InvalidParameter', { ...good, body: '{' })
  await refuse(t, 'body', 'InvalidParameter', { ...good, body: '[]' })
  await refuse(t, 'body', 'InvalidParameter', { ...good, body: 'null' })
  await refuse(t, 'body', 'InvalidParameter', { ...good, body: Buffer.from([0xff, 0xfe, 0x00]) })
  await refuse(t, 'content type', 'InvalidParameter', withHeaders(good, { 'content-type': 'text/plain' }))
  for (const type of ['garbage', '', ';;;', 'text/html;charset']) {
    await refuse(t, `content type "${type}"`, 'InvalidParameter', withHeaders(good, { 'content-type': type }))
  }
  await refuse(
    t,
    'multipart',
    'InvalidRequest',
    withHeaders(good, { 'content-type': 'multipart/form-data; boundary=x' }),
  )
  await refuse(t, 'GET too long', 'RequestSizeLimitExceeded', {
    ...good,
    method: 'GET',
    path: `/?a=${'x'.repeat(33_000)}`,
    body: '',
  })
  await refuse(t, 'deep nesting', 'InvalidParameter', { ...good, body: `${'['.repeat(50_000)}` })
})

t.test('bodies over the limit', async (t) => {
  const huge = 'x'.repeat(10 * 1024 * 1024 + 1)
  await refuse(t, 'TC3', 'RequestSizeLimitExceeded', { ...signed('ListKeys', {}), body: huge })
  const form = { 'content-type': 'application/x-www-form-urlencoded', host: 'kms.tencentcloudapi.com' }
  await refuse(t, 'v1', 'AuthFailure.SignatureFailure', {
    method: 'POST',
    headers: form,
    body: 'a='.padEnd(1024 * 1024 + 2, 'x'),
  })
})

t.test('who calls', async (t) => {
  const good = signed('ListKeys', {})
  const authorization = good.headers.authorization ?? ''
  const changed = (from: string | RegExp, to: string) =>
    withHeaders(good, { authorization: authorization.replace(from, to) })
  await refuse(t, 'no header', 'AuthFailure.InvalidAuthorization', without(good, 'authorization'))
  await refuse(t, 'SKIP', 'AuthFailure.InvalidAuthorization', withHeaders(good, { authorization: 'SKIP' }))
  await refuse(t, 'algorithm', 'AuthFailure.InvalidAuthorization', changed('TC3-HMAC-SHA256', 'TC3-HMAC-MD5'))
  await refuse(t, 'scope', 'AuthFailure.InvalidAuthorization', changed('/kms/', '/'))
  for (const name of ['constructor', '__proto__']) {
    const names = changed('SignedHeaders=', `SignedHeaders=${name};`)
    await refuse(t, 'a signed header every object has', 'AuthFailure.SignatureFailure', names)
  }
  await refuse(t, 'id', 'AuthFailure.SecretIdNotFound', changed(/AKID\w+/, 'AKIDunknown'))
  await refuse(t, 'signature', 'AuthFailure.SignatureFailure', changed(/Signature=\w{4}/, 'Signature=0000'))
  await refuse(t, 'service', 'AuthFailure.SignatureFailure', changed('/kms/', '/cvm/'))
  await refuse(t, 'body after signing', 'AuthFailure.SignatureFailure', { ...good, body: '{"Limit":1}' })
  await refuse(t, 'time', 'AuthFailure.SignatureExpire', signed('ListKeys', {}, Date.now() - 301_000))
  await refuse(t, 'time', 'AuthFailure.SignatureExpire', signed('ListKeys', {}, Date.now() + 310_000))
  await refuse(t, 'no time', 'MissingParameter', without(good, 'x-tc-timestamp'), 'X-TC-Timestamp')
  await refuse(
    t,
    'time',
    'InvalidParameter',
    withHeaders(good, { 'x-tc-timestamp': 'soon' }),
    'X-TC-Timestamp',
  )
  await refuse(t, 'token', 'AuthFailure.TokenFailure', withHeaders(good, { 'x-tc-token': 'x' }))
  await refuse(t, 'no region', 'MissingParameter', without(good, 'x-tc-region'), 'X-TC-Region')
  await refuse(
    t,
    'region',
    'InvalidParameterValue',
    withHeaders(good, { 'x-tc-region': 'null' }),
    'X-TC-Region',
  )
  t.ok((await call(without(signed('GetRegions', {}), 'x-tc-region'))).Regions, 'GetRegions needs no region')
})

t.test('v1', async (t) => {
  t.ok((await call({ path: tencentV1Path(credentials, { Action: 'ListKeys', Limit: '1' }) })).Keys)
  const path = tencentV1Path(credentials, { Action: 'ListKeys' })
  await refuse(t, 'signature', 'AuthFailure.SignatureFailure', {
    path: path.replace(/Signature=.{4}/, 'Signature=AAAA'),
  })
  await refuse(t, 'parameter added', 'AuthFailure.SignatureFailure', { path: `${path}&Limit=1` })
  await refuse(
    t,
    'no id',
    'MissingParameter',
    { path: path.replace(/SecretId=\w+&/, ''), headers: { host: 'kms.tencentcloudapi.com' } },
    'SecretId',
  )
  await refuse(t, 'no nonce', 'MissingParameter', { path: path.replace('Nonce=1&', '') }, 'Nonce')
  await refuse(
    t,
    'no signature',
    'MissingParameter',
    { path: path.replace(/&Signature=.*/, '') },
    'Signature',
  )
  await refuse(t, 'token', 'AuthFailure.TokenFailure', {
    path: tencentV1Path(credentials, { Action: 'ListKeys', Token: 'x' }),
  })
  await refuse(
    t,
    'type',
    'InvalidParameter',
    { path: tencentV1Path(credentials, { Action: 'ListKeys', Limit: 'ten' }) },
    'Limit',
  )
  await refuse(
    t,
    'unknown',
    'UnknownParameter',
    { path: tencentV1Path(credentials, { Action: 'ListKeys', Size: '1' }) },
    'Size',
  )
  await refuse(t, 'list index', 'InvalidParameter', {
    path: tencentV1Path(credentials, { Action: 'DescribeKeys', 'KeyIds.x': keyId }),
  })
  await refuse(t, 'list index', 'InvalidParameter', {
    path: tencentV1Path(credentials, { Action: 'DescribeKeys', 'KeyIds.999999999': keyId }),
  })
  const flat = { Action: 'DescribeKeys', 'KeyIds.0': keyId }
  t.equal(((await call({ path: tencentV1Path(credentials, flat) })).KeyMetadatas as unknown[]).length, 1)
})

const unknownId = '00000000-0000-4000-8000-000000000000'
const parameters: [name: string, code: string, action: string, input: object, names?: string][] = [
  ['missing', 'MissingParameter', 'DescribeKey', {}, 'KeyId'],
  ['null counts as missing', 'MissingParameter', 'DescribeKey', { KeyId: null }, 'KeyId'],
  ['unknown', 'UnknownParameter', 'DescribeKey', { KeyId: keyId, Foo: 1 }, 'Foo'],
  ['type', 'InvalidParameter', 'DescribeKey', { KeyId: 7 }, 'KeyId'],
  ['type', 'InvalidParameter', 'ListKeys', { Limit: true }, 'Limit'],
  ['type', 'InvalidParameter', 'ListKeys', { Limit: 1.5 }, 'Limit'],
  ['limit', 'InvalidParameter', 'ListKeys', { Limit: 201 }, 'Limit'],
  ['form', 'InvalidParameterValue.InvalidKeyId', 'DescribeKey', { KeyId: 'x' }, 'KeyId'],
  ['absent', 'ResourceUnavailable.CmkNotFound', 'DescribeKey', { KeyId: unknownId }],
  ['absent', 'ResourceUnavailable.CmkNotFound', 'GenerateDataKey', { KeyId: unknownId, KeySpec: 'AES_256' }],
  ['twice', 'InvalidParameterValue.DuplicatedKeyId', 'DescribeKeys', { KeyIds: [keyId, keyId] }],
  ['form in a list', 'InvalidParameterValue.InvalidKeyId', 'DescribeKeys', { KeyIds: ['x'] }, 'KeyIds.0'],
  [
    'member account',
    'UnsupportedOperation.NotRoleOperation',
    'DescribeKey',
    { KeyId: keyId, MemberAccount: { MemberAppId: 1, MemberUin: 2 } },
  ],
  ['length', 'InvalidParameter', 'GenerateDataKey', { KeyId: keyId, NumberOfBytes: 0 }, 'NumberOfBytes'],
  ['length', 'InvalidParameter', 'GenerateDataKey', { KeyId: keyId, NumberOfBytes: 1025 }, 'NumberOfBytes'],
  ['length', 'InvalidParameter', 'GenerateDataKey', { KeyId: keyId, NumberOfBytes: -1 }, 'NumberOfBytes'],
  ['spec', 'InvalidParameter', 'GenerateDataKey', { KeyId: keyId, KeySpec: 'AES_512' }, 'KeySpec'],
  ['spec', 'InvalidParameter', 'GenerateDataKey', { KeyId: keyId, KeySpec: 'constructor' }, 'KeySpec'],
  [
    'context',
    'InvalidParameter',
    'GenerateDataKey',
    { KeyId: keyId, KeySpec: 'AES_256', EncryptionContext: 'x' },
    'EncryptionContext',
  ],
  [
    'context',
    'InvalidParameter',
    'GenerateDataKey',
    { KeyId: keyId, KeySpec: 'AES_256', EncryptionContext: '{"a":1}' },
    'EncryptionContext',
  ],
  [
    'context',
    'InvalidParameter',
    'GenerateDataKey',
    { KeyId: keyId, KeySpec: 'AES_256', EncryptionContext: '["a"]' },
    'EncryptionContext',
  ],
  [
    'context',
    'InvalidParameter',
    'GenerateDataKey',
    { KeyId: keyId, KeySpec: 'AES_256', EncryptionContext: JSON.stringify({ a: 'x'.repeat(1024) }) },
    'EncryptionContext',
  ],
  [
    'hosted',
    'InvalidParameterValue.InvalidType',
    'GenerateDataKey',
    { KeyId: keyId, KeySpec: 'AES_256', IsHostedByKms: 2 },
  ],
  ['plaintext', 'InvalidParameterValue.InvalidPlaintext', 'Encrypt', { KeyId: keyId, Plaintext: 'a' }],
  ['plaintext', 'InvalidParameterValue.InvalidPlaintext', 'Encrypt', { KeyId: keyId, Plaintext: '' }],
  [
    'plaintext',
    'InvalidParameterValue.InvalidPlaintext',
    'Encrypt',
    { KeyId: keyId, Plaintext: Buffer.alloc(4097).toString('base64') },
  ],
  ['blob', 'InvalidParameterValue.InvalidCiphertext', 'Decrypt', { CiphertextBlob: '' }],
  ['blob', 'InvalidParameterValue.InvalidCiphertext', 'Decrypt', { CiphertextBlob: 'x-k-y-k-z' }],
  ['alias', 'InvalidParameterValue.InvalidAlias', 'CreateKey', { Alias: 'kms-x' }, 'Alias'],
  ['alias', 'InvalidParameterValue.InvalidAlias', 'CreateKey', { Alias: '-x' }, 'Alias'],
  ['alias', 'InvalidParameterValue.InvalidAlias', 'CreateKey', { Alias: 'x'.repeat(61) }, 'Alias'],
  [
    'description',
    'InvalidParameter',
    'CreateKey',
    { Alias: 'a', Description: '中'.repeat(342) },
    'Description',
  ],
  ['usage', 'InvalidParameterValue.InvalidKeyUsage', 'CreateKey', { Alias: 'a', KeyUsage: 'x' }],
  [
    'usage',
    'UnsupportedOperation.UnsupportedKeyUsageInCurrentRegion',
    'CreateKey',
    { Alias: 'a', KeyUsage: 'ASYMMETRIC_DECRYPT_SM2' },
  ],
  ['type', 'InvalidParameterValue.InvalidType', 'CreateKey', { Alias: 'a', Type: 3 }],
  [
    'tags',
    'InvalidParameterValue.TagKeysDuplicated',
    'CreateKey',
    {
      Alias: 'a',
      Tags: [
        { TagKey: 'k', TagValue: '1' },
        { TagKey: 'k', TagValue: '2' },
      ],
    },
  ],
  ['tags', 'MissingParameter', 'CreateKey', { Alias: 'a', Tags: [{ TagKey: 'k' }] }, 'Tags.0.TagValue'],
  [
    'window',
    'InvalidParameter.InvalidPendingWindowInDays',
    'ScheduleKeyDeletion',
    { KeyId: keyId, PendingWindowInDays: 6 },
  ],
  [
    'window',
    'InvalidParameter.InvalidPendingWindowInDays',
    'ScheduleKeyDeletion',
    { KeyId: keyId, PendingWindowInDays: '31' },
  ],
  [
    'destination',
    'InvalidParameterValue.InvalidKeyId',
    'ReEncrypt',
    { CiphertextBlob: 'x', DestinationKeyId: 'x' },
  ],
]

t.test('parameters', async (t) => {
  for (const [name, code, action, input, names] of parameters) {
    await refuse(t, `${action}, ${name}`, code, signed(action, input), names)
  }
})

t.test('decimal texts are integers, in JSON too', async (t) => {
  t.ok((await call(signed('GenerateRandom', { NumberOfBytes: '8' }))).Plaintext)
})

t.test(
  'without KeySpec and NumberOfBytes the China edition takes AES_256, the international one demands one',
  async (t) => {
    const { Plaintext } = await call(signed('GenerateDataKey', { KeyId: keyId }))
    t.equal(Buffer.from(String(Plaintext), 'base64').length, 32)
    const intl = tencentRequest(
      { ...credentials, endpoint: 'http://kms.intl.tencentcloudapi.com' },
      'GenerateDataKey',
      { KeyId: keyId },
    )
    await refuse(t, 'international', 'InvalidParameter', intl)
  },
)

t.test('nothing that came in brought the server down, and nothing inside came out', async (t) => {
  t.equal(server.process.exitCode, null)
  t.equal((await send(server.host, { path: '/readyz' })).status, 200)
  const { secretKey } = credentials.tencent
  t.notOk(server.output.some((line) => line.includes(secretKey) || line.includes('    at ')))
})
