// Requests and replies: whose a request is, where parameters are, JSON and XML.
import { XMLParser, XMLValidator } from 'fast-xml-parser'
import t from 'tap'
import { claims } from '../../../src/dialects/alibaba/envelope.ts'
import type { WireRequest } from '../../../src/dialects/dialect.ts'
import { plainRequest, requestId } from '../../support/wire.ts'
import { createClient } from './client.ts'

const request: WireRequest = { ...plainRequest, method: 'POST', headers: { host: '127.0.0.1:1' } }
const form = { 'content-type': 'application/x-www-form-urlencoded' }

t.test('whose a request is', async (t) => {
  const ours: [string, Partial<WireRequest>][] = [
    ['ACS3', { headers: { authorization: 'ACS3-HMAC-SHA256 x' } }],
    ['ACS4', { headers: { authorization: 'ACS4-HMAC-SHA256 x' } }],
    ['x-acs-action', { headers: { 'x-acs-action': 'ListKeys' } }],
    ['host', { headers: { host: 'kms.cn-hangzhou.aliyuncs.com' } }],
    ['AccessKeyId', { rawQuery: 'AccessKeyId=x' }],
    ['AccessKeyId in a form', { headers: form, body: Buffer.from('a=b&AccessKeyId=x') }],
    ['SignatureVersion', { rawQuery: 'SignatureVersion=1.0' }],
    ['Version', { rawQuery: 'Version=2016-01-20' }],
  ]
  for (const [name, parts] of ours) t.equal(claims({ ...request, ...parts }), true, name)
  const others: [string, Partial<WireRequest>][] = [
    ['nothing', {}],
    ['TC3', { headers: { authorization: 'TC3-HMAC-SHA256 x', 'x-tc-action': 'ListKeys' } }],
    ['both clouds’ action headers', { headers: { 'x-tc-action': 'ListKeys', 'x-acs-action': 'ListKeys' } }],
    ['another version', { rawQuery: 'Version=2019-01-18' }],
    ['a form that says it is none', { body: Buffer.from('AccessKeyId=x') }],
  ]
  for (const [name, parts] of others) t.equal(claims({ ...request, ...parts }), false, name)
})

t.test('requests that cannot be read', async (t) => {
  const { send, query } = await createClient()
  const rawQuery = () => query({ Action: 'ListKeys' })
  const json = { 'content-type': 'application/json' }
  const body = (text: string) => Buffer.from(text)
  const cases: [code: string, status: number, request: Partial<WireRequest>][] = [
    ['MissingAction', 400, {}],
    ['MissingAction', 400, { rawQuery: query({ Action: '' }) }],
    ['MissingVersion', 400, { rawQuery: query({ Action: 'ListKeys', Version: undefined }) }],
    ['InvalidVersion', 400, { rawQuery: query({ Action: 'ListKeys', Version: '2017-01-20' }) }],
    ['InvalidAction.NotFound', 404, { rawQuery: query({ Action: 'CreateSecret' }) }],
    ['InvalidAction.NotFound', 404, { rawQuery: query({ Action: '__proto__' }) }],
    ['UnsupportedHTTPMethod', 403, { method: 'HEAD', rawQuery: rawQuery() }],
    ['UnsupportedHTTPMethod', 403, { method: 'PUT', rawQuery: rawQuery() }],
    ['RequestEntityTooLarge', 413, { method: 'POST', oversized: true }],
    ['ParseRequestParameterException', 400, { rawQuery: rawQuery(), body: body('x'), headers: json }],
    ['ParseRequestParameterException', 400, { rawQuery: rawQuery(), body: body('"x"'), headers: json }],
    ['ParseRequestParameterException', 400, { rawQuery: rawQuery(), body: body('x') }],
  ]
  for (const [code, status, parts] of cases) {
    const reply = await send(parts)
    t.match(reply, { status, body: { Code: code, HttpStatus: status } }, code)
    t.equal(reply.headers['content-type'], 'application/json;charset=utf-8')
  }
})

t.test('a success in JSON is flat, with its request id in header and body', async (t) => {
  const { call, makeKey } = await createClient()
  await makeKey()
  const { status, headers, body } = await call('ListKeys')
  t.equal(status, 200)
  t.same(headers, { 'content-type': 'application/json;charset=utf-8', 'x-acs-request-id': requestId })
  t.same(Object.keys(body), ['Keys', 'PageNumber', 'PageSize', 'TotalCount', 'RequestId'])
  t.equal(body.RequestId, requestId)
})

t.test('an error says who, what and where', async (t) => {
  const { send, query } = await createClient()
  const rawQuery = query({ Action: 'DescribeKey', KeyId: 'none' })
  const reply = await send({ rawQuery, headers: { host: '127.0.0.1:18081' } })
  t.equal(reply.status, 404)
  t.same(reply.headers, { 'content-type': 'application/json;charset=utf-8', 'x-acs-request-id': requestId })
  t.same(reply.body, {
    RequestId: requestId,
    HostId: '127.0.0.1:18081',
    Code: 'Forbidden.KeyNotFound',
    Message: 'The specified Key is not found.',
    Recommend: `https://api.aliyun.com/troubleshoot?q=Forbidden.KeyNotFound&product=Kms&requestId=${requestId}`,
    HttpStatus: 404,
  })
})

t.test('an empty list keeps both its levels', async (t) => {
  const { call } = await createClient()
  t.same((await call('ListKeys')).body.Keys, { Key: [] })
  t.same((await call('ListAliases')).body.Aliases, { Alias: [] })
  t.equal(
    (await call('ListKeys', { Format: 'xml' })).body,
    `<?xml version="1.0" encoding="UTF-8"?><ListKeysResponse><Keys></Keys><PageNumber>1</PageNumber><PageSize>10</PageSize><TotalCount>0</TotalCount><RequestId>${requestId}</RequestId></ListKeysResponse>`,
  )
})

t.test('XML: the root, lists of one and of two, errors before and after reading', async (t) => {
  const { call, makeKey, send, query } = await createClient()
  const parser = new XMLParser({ parseTagValue: false })
  const KeyId = await makeKey()
  const ask = async (action: string, input: object = {}) => {
    const reply = await call(action, { Format: 'XML', ...input })
    t.equal(reply.headers['content-type'], 'text/xml;charset=utf-8')
    t.equal(XMLValidator.validate(reply.body), true)
    return parser.parse(reply.body)
  }
  t.match((await ask('ListKeys')).ListKeysResponse.Keys, { Key: { KeyId } })
  const other = await makeKey()
  t.match((await ask('ListKeys')).ListKeysResponse.Keys, { Key: [{ KeyId: other }, { KeyId }] })
  t.match(await ask('DescribeKey', { KeyId }), { DescribeKeyResponse: { KeyMetadata: { DeleteDate: '' } } })
  t.same((await ask('DescribeKey')).Error, {
    RequestId: requestId,
    HostId: '',
    Code: 'MissingParameter',
    Message: 'The parameter  KeyId  needed but no provided.',
    Recommend: `https://api.aliyun.com/troubleshoot?q=MissingParameter&product=Kms&requestId=${requestId}`,
    HttpStatus: '400',
  })
  t.match(await ask('NoAction'), { Error: { Code: 'InvalidAction.NotFound' } })
  const body = Buffer.from(query({ Action: 'ListKeys', Format: 'Xml' }, 'POST'))
  t.match((await send({ method: 'POST', headers: form, body })).body, /^<\?xml/, 'Format in a form')
})

t.test('XML stays well-formed and loses nothing that XML can carry', async (t) => {
  const { call, makeKey } = await createClient()
  const KeyId = await makeKey()
  const parser = new XMLParser({ parseTagValue: false, trimValues: false })
  const through = async (Plaintext: string) => {
    const { CiphertextBlob } = (await call('Encrypt', { KeyId, Plaintext })).body
    const { body } = await call('Decrypt', { Format: 'XML', CiphertextBlob })
    t.equal(XMLValidator.validate(body), true, JSON.stringify(Plaintext))
    t.notMatch(body, '\r', 'a parser would turn a bare carriage return into a line feed')
    return parser.parse(body).DecryptResponse.Plaintext.replaceAll('&#13;', '\r')
  }
  for (const text of ['<a href="x">&\'</a>', '&amp;', ']]>', ' two  blanks ', 'a\r\nb\tc\r', '中文😀']) {
    t.equal(await through(text), text)
  }
  const every = Array.from({ length: 256 }, (_, code) => String.fromCharCode(code)).join('')
  t.equal(await through(every), every.replace(/[^\t\n\r -\u00ff]/g, '\ufffd'))
  t.equal(await through('\ufffe\uffff'), '\ufffd\ufffd')
})

t.test('Format is JSON unless XML is asked for, in any case', async (t) => {
  const { call } = await createClient()
  for (const Format of [undefined, '', 'json', 'JSON', 'yaml']) {
    t.equal((await call('ListKeys', { Format })).body.TotalCount, 0, `Format=${Format}`)
  }
})

t.test('an empty text counts as not given, and unknown parameters are signed and ignored', async (t) => {
  const { call, makeKey } = await createClient()
  const KeyId = await makeKey()
  const input = {
    KeyId,
    KeySpec: '',
    NumberOfBytes: '',
    EncryptionContext: '',
    DryRun: '',
    Extra: 'x',
    RegionId: 'y',
  }
  t.equal((await call('GenerateDataKey', input)).status, 200)
  t.match(await call('DescribeKey', { KeyId: '' }), { status: 400, body: { Code: 'MissingParameter' } })
  t.match(await call('DescribeKey', { 'KeyId.1': KeyId }), { body: { Code: 'MissingParameter' } })
})

t.test('a JSON body nested deeper than the stack is the client’s mistake, not ours', async (t) => {
  const { send, query } = await createClient()
  const depth = 1_000_000
  const body = Buffer.from(`{"KeyId":${'['.repeat(depth)}${']'.repeat(depth)}}`)
  const headers = { 'content-type': 'application/json' }
  const reply = await send({ method: 'POST', rawQuery: query({ Action: 'DescribeKey' }), headers, body })
  t.match(reply, { status: 400, body: { Code: 'ParseRequestParameterException' } })
})
