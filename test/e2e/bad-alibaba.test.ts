// Everything an Alibaba client can get wrong: each gets its code and HTTP status, in JSON or XML.
import { XMLParser, XMLValidator } from 'fast-xml-parser'
import t from 'tap'
import { alibabaRequest, alibabaRpcPath, type RawRequest, send } from '../support/raw.ts'
import { startHome } from '../support/server.ts'

const home = await startHome(t)
const { server } = home
const credentials = home.credentials()
const { keyId } = credentials
type Assert = Pick<typeof t, 'equal' | 'match'>

async function refuse(
  t: Assert,
  name: string,
  code: string,
  status: number,
  request: RawRequest,
): Promise<string> {
  const reply = await send(server.host, request)
  const body = JSON.parse(reply.body)
  t.equal(body.Code, code, `${name}: ${body.Message}`)
  t.equal(reply.status, status)
  t.equal(reply.headers['x-acs-request-id'], body.RequestId)
  t.match(body, { HostId: String, Message: String, Recommend: String, HttpStatus: status })
  return body.Message
}

const signed = (action: string, input: object, now?: number) =>
  alibabaRequest(credentials, action, input, now)
const rpc = (fields: Record<string, string | undefined>): RawRequest => ({
  path: alibabaRpcPath(credentials, fields),
})
const withHeaders = (request: RawRequest, headers: Record<string, string>): RawRequest => ({
  ...request,
  headers: { ...request.headers, ...headers },
})

t.test('the envelope', async (t) => {
  await refuse(t, 'nothing at all', 'MissingAction', 400, {})
  await refuse(t, 'method', 'UnsupportedHTTPMethod', 403, { ...rpc({ Action: 'ListKeys' }), method: 'PUT' })
  await refuse(t, 'no version', 'MissingVersion', 400, rpc({ Action: 'ListKeys', Version: undefined }))
  await refuse(t, 'version', 'InvalidVersion', 400, rpc({ Action: 'ListKeys', Version: '2015-01-01' }))
  await refuse(t, 'action', 'InvalidAction.NotFound', 404, rpc({ Action: 'listKeys' }))
  await refuse(t, 'action', 'InvalidAction.NotFound', 404, signed('constructor', {}))
  const post = { ...rpc({ Action: 'ListKeys' }), method: 'POST' }
  const json = { 'content-type': 'application/json' }
  await refuse(t, 'JSON body', 'ParseRequestParameterException', 400, { ...post, headers: json, body: '{' })
  await refuse(t, 'JSON body', 'ParseRequestParameterException', 400, { ...post, headers: json, body: '[1]' })
  await refuse(t, 'body', 'ParseRequestParameterException', 400, {
    ...post,
    headers: { 'content-type': 'image/png' },
    body: 'x',
  })
  await refuse(t, 'size', 'RequestEntityTooLarge', 413, { ...post, body: 'x'.repeat(10 * 1024 * 1024 + 1) })
})

t.test('a content type of any kind', async (t) => {
  const post = { ...rpc({ Action: 'ListKeys' }), method: 'POST', body: 'abc' }
  for (const type of ['garbage', '', ';;;', 'text/html;charset', 'image/png']) {
    const headers = { 'content-type': type }
    await refuse(t, `"${type}"`, 'ParseRequestParameterException', 400, { ...post, headers })
  }
})

t.test('who calls, RPC', async (t) => {
  const Action = 'ListKeys'
  await refuse(t, 'no id', 'MissingAccessKeyId', 400, rpc({ Action, AccessKeyId: undefined }))
  await refuse(t, 'id', 'InvalidAccessKeyId.NotFound', 404, rpc({ Action, AccessKeyId: 'LTAIunknown' }))
  await refuse(t, 'method', 'InvalidParameter', 400, rpc({ Action, SignatureMethod: 'HMAC-MD5' }))
  await refuse(t, 'version', 'InvalidParameter', 400, rpc({ Action, SignatureVersion: '2.0' }))
  await refuse(t, 'bearer', 'InvalidParameter', 400, rpc({ Action, SignatureType: 'BEARERTOKEN' }))
  await refuse(t, 'no time', 'MissingTimestamp', 400, rpc({ Action, Timestamp: undefined }))
  await refuse(t, 'time', 'InvalidTimeStamp.Format', 400, rpc({ Action, Timestamp: 'now' }))
  await refuse(t, 'time', 'InvalidTimeStamp.Expired', 400, rpc({ Action, Timestamp: '2020-01-01T00:00:00Z' }))
  await refuse(
    t,
    'token',
    'InvalidSecurityToken.MismatchWithAccessKey',
    400,
    rpc({ Action, SecurityToken: 'x' }),
  )
  const { path = '' } = rpc({ Action })
  await refuse(t, 'no signature', 'IncompleteSignature', 400, {
    path: path.replace(/&Signature=[^&]*$/, '&SignatureX=1'),
  })
  const wrong = await refuse(t, 'signature', 'SignatureDoesNotMatch', 400, { path: `${path}&Extra=1` })
  t.match(
    wrong,
    /^Specified signature is not matched with our calculation\. server string to sign is:GET&%2F&AccessKeyId%3D/,
  )
  t.equal((await send(server.host, { path })).status, 200)
  await refuse(t, 'replay', 'SignatureNonceUsed', 400, { path })
  t.equal(
    (await send(server.host, rpc({ Action, SignatureNonce: undefined }))).status,
    200,
    'a nonce may be absent',
  )
  const milliseconds = new Date().toISOString()
  t.equal((await send(server.host, rpc({ Action, Timestamp: milliseconds, SignatureType: '' }))).status, 200)
})

t.test('who calls, ACS3', async (t) => {
  const good = signed('ListKeys', {})
  const authorization = good.headers.authorization ?? ''
  const changed = (from: string | RegExp, to: string) =>
    withHeaders(good, { authorization: authorization.replace(from, to) })
  await refuse(t, 'id', 'InvalidAccessKeyId.NotFound', 404, changed(/LTAI\w+/, 'LTAIunknown'))
  await refuse(t, 'algorithm', 'IncompleteSignature', 400, changed('ACS3-HMAC-SHA256', 'ACS3-RSA-SHA256'))
  await refuse(t, 'ACS4', 'IncompleteSignature', 400, changed('ACS3-HMAC-SHA256', 'ACS4-HMAC-SHA256'))
  await refuse(t, 'headers', 'IncompleteSignature', 400, changed('host;', ''))
  await refuse(
    t,
    'form',
    'IncompleteSignature',
    400,
    withHeaders(good, { authorization: 'ACS3-HMAC-SHA256 x' }),
  )
  const message = await refuse(
    t,
    'signature',
    'SignatureDoesNotMatch',
    400,
    changed(/Signature=\w{4}/, 'Signature=0000'),
  )
  t.match(
    message,
    /server string to sign is:ACS3-HMAC-SHA256\n[0-9a-f]{64} server canonical request is:POST\n/,
  )
  await refuse(t, 'time', 'InvalidTimeStamp.Expired', 400, signed('ListKeys', {}, Date.now() - 16 * 60_000))
  t.equal((await send(server.host, good)).status, 200)
  await refuse(t, 'replay', 'SignatureNonceUsed', 400, good)
})

const unknownId = '00000000-0000-4000-8000-000000000000'
const parameters: [name: string, code: string, status: number, action: string, input: object][] = [
  ['missing', 'MissingParameter', 400, 'DescribeKey', {}],
  ['empty counts as missing', 'MissingParameter', 400, 'DescribeKey', { KeyId: '' }],
  ['absent', 'Forbidden.KeyNotFound', 404, 'DescribeKey', { KeyId: unknownId }],
  ['absent', 'Forbidden.KeyNotFound', 404, 'GenerateDataKey', { KeyId: 'nonsense' }],
  ['alias', 'Forbidden.AliasNotFound', 404, 'GenerateDataKey', { KeyId: 'alias/none' }],
  [
    'region',
    'Forbidden.KeyNotFound',
    404,
    'DescribeKey',
    { KeyId: `acs:kms:cn-beijing:${credentials.accountId}:key/${keyId}` },
  ],
  ['account', 'Forbidden.KeyNotFound', 404, 'DescribeKey', { KeyId: `acs:kms:cn-hangzhou:1:key/${keyId}` }],
  ['alias for an id', 'Unsupported.Alias', 400, 'DisableKey', { KeyId: 'alias/sample' }],
  ['length', 'InvalidParameter', 400, 'GenerateDataKey', { KeyId: keyId, NumberOfBytes: 0 }],
  ['length', 'InvalidParameter', 400, 'GenerateDataKey', { KeyId: keyId, NumberOfBytes: 1025 }],
  ['length', 'InvalidParameter', 400, 'GenerateDataKey', { KeyId: keyId, NumberOfBytes: -1 }],
  ['length', 'InvalidParameter', 400, 'GenerateDataKey', { KeyId: keyId, NumberOfBytes: 'x' }],
  ['spec', 'InvalidParameter', 400, 'GenerateDataKey', { KeyId: keyId, KeySpec: 'SM4_128' }],
  ['context', 'InvalidParameter', 400, 'GenerateDataKey', { KeyId: keyId, EncryptionContext: '[]' }],
  ['context', 'InvalidParameter', 400, 'GenerateDataKey', { KeyId: keyId, EncryptionContext: '{"a":{}}' }],
  [
    'context',
    'InvalidParameter',
    400,
    'GenerateDataKey',
    { KeyId: keyId, EncryptionContext: `{"a":"${'x'.repeat(8192)}"}` },
  ],
  ['dry run', 'DryRunOperationError', 400, 'GenerateDataKey', { KeyId: keyId, DryRun: 'true' }],
  ['dry run', 'InvalidParameter', 400, 'GenerateDataKey', { KeyId: keyId, DryRun: 'maybe' }],
  ['plaintext', 'InvalidParameter', 400, 'Encrypt', { KeyId: keyId, Plaintext: 'x'.repeat(6145) }],
  ['blob', 'InvalidParameter', 400, 'Decrypt', { CiphertextBlob: 'x' }],
  ['blob', 'InvalidParameter', 400, 'Decrypt', { CiphertextBlob: Buffer.from(unknownId).toString('base64') }],
  ['key spec', 'UnsupportedOperation', 400, 'CreateKey', { KeySpec: 'RSA_2048' }],
  ['key spec', 'InvalidParameter', 400, 'CreateKey', { KeySpec: 'x' }],
  ['origin', 'UnsupportedOperation', 400, 'CreateKey', { Origin: 'EXTERNAL' }],
  ['rotation', 'MissingParameter', 400, 'CreateKey', { EnableAutomaticRotation: true }],
  ['tags', 'InvalidParameter', 400, 'CreateKey', { Tags: '{}' }],
  ['tags', 'InvalidParameter', 400, 'CreateKey', { Tags: '[{"TagKey":"acs:x","TagValue":"y"}]' }],
  ['tags', 'InvalidParameter', 400, 'CreateKey', { Tags: '[null]' }],
  ['protection', 'InvalidParameter', 400, 'CreateKey', { ProtectionLevel: 'x' }],
  ['cluster', 'Forbidden.DKMSInstanceNotFound', 403, 'CreateKey', { DKMSInstanceId: 'x' }],
  ['window', 'InvalidParameter', 400, 'ScheduleKeyDeletion', { KeyId: keyId, PendingWindowInDays: 6 }],
  ['window', 'InvalidParameter', 400, 'ScheduleKeyDeletion', { KeyId: keyId, PendingWindowInDays: 367 }],
  ['page', 'InvalidParameter', 400, 'ListKeys', { PageNumber: 0 }],
  ['page', 'InvalidParameter', 400, 'ListKeys', { PageSize: 101 }],
  ['filter', 'InvalidParameter', 400, 'ListKeys', { Filters: 'x' }],
  ['filter', 'InvalidParameter', 400, 'ListKeys', { Filters: '[{"Key":"constructor","Values":["x"]}]' }],
  ['filter', 'InvalidParameter', 400, 'ListKeys', { Filters: '[{"Key":"KeyState","Values":["x"]}]' }],
  ['alias name', 'InvalidParameter', 400, 'CreateAlias', { AliasName: 'noprefix', KeyId: keyId }],
  ['alias name', 'InvalidParameter', 400, 'CreateAlias', { AliasName: 'alias/acs/x', KeyId: keyId }],
  ['alias twice', 'AliasAlreadyExists', 400, 'CreateAlias', { AliasName: 'alias/sample', KeyId: keyId }],
  ['alias', 'Forbidden.AliasNotFound', 404, 'DeleteAlias', { AliasName: 'alias/none' }],
]

t.test('parameters', async (t) => {
  for (const [name, code, status, action, input] of parameters) {
    const message = await refuse(t, `${action}, ${name}`, code, status, signed(action, input))
    if (code === 'InvalidParameter')
      t.ok(
        Object.keys(input).some((parameter) => message.includes(parameter)),
        `names the parameter: ${message}`,
      )
  }
})

t.test('XML, when asked for, is well-formed for replies, lists and errors', async (t) => {
  const ask = async (fields: Record<string, string>) => {
    const reply = await send(server.host, rpc({ Format: 'XML', ...fields }))
    t.equal(reply.headers['content-type'], 'text/xml;charset=utf-8')
    t.equal(XMLValidator.validate(reply.body), true)
    return { status: reply.status, body: new XMLParser({ parseTagValue: false }).parse(reply.body) }
  }
  const made = await ask({ Action: 'GenerateDataKey', KeyId: keyId, KeySpec: 'AES_256' })
  t.match(made.body.GenerateDataKeyResponse, {
    KeyId: keyId,
    CiphertextBlob: String,
    Plaintext: String,
    RequestId: String,
  })
  const list = await ask({ Action: 'ListKeys' })
  t.match(list.body.ListKeysResponse.Keys.Key, { KeyId: keyId })
  const error = await ask({ Action: 'DescribeKey', KeyId: 'alias/<&>\u0001' })
  t.match(error, { status: 404, body: { Error: { Code: 'Forbidden.AliasNotFound' } } })
  const unread = await ask({ Action: 'Nothing' })
  t.match(unread, { status: 404, body: { Error: { Code: 'InvalidAction.NotFound' } } })
  const text = '<a href="x">&\u0000\u0007</a>'
  const sealed = JSON.parse(
    (await send(server.host, signed('Encrypt', { KeyId: keyId, Plaintext: text }))).body,
  )
  const opened = await ask({ Action: 'Decrypt', CiphertextBlob: sealed.CiphertextBlob })
  t.equal(opened.body.DecryptResponse.Plaintext, '<a href="x">&\ufffd\ufffd</a>')
})

t.test('parameters may come in the query, a form or a JSON body', async (t) => {
  const path = alibabaRpcPath(credentials, { Action: 'DescribeKey', KeyId: keyId })
  t.equal((await send(server.host, { path })).status, 200)
  const made = signed('DescribeRegions', {})
  t.equal((await send(server.host, made)).status, 200)
})

t.test('bytes that are not HTTP get an answer too, and another path is nobody’s', async (t) => {
  const { connect } = await import('node:net')
  const [hostname = '', port = ''] = server.host.split(':')
  const answer = await new Promise<string>((resolve) => {
    const socket = connect(Number(port), hostname, () => socket.write('nonsense\r\n\r\n'))
    let text = ''
    socket.on('data', (chunk) => {
      text += chunk.toString()
    })
    socket.on('close', () => resolve(text))
  })
  t.match(answer, /^HTTP\/1\.1 400 [\s\S]*"Code":"InvalidRequest"/)
  t.match(await send(server.host, { path: '/nowhere' }), { status: 404, body: '{"status":"not found"}' })
  t.match(await send(server.host, { path: '/%zz' }), { status: 404 })
  t.equal((await send(server.host, { path: '/readyz' })).status, 200)
})
