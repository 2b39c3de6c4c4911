// Requests and replies: whose a request is, where parameters are, and the order in which things are refused.
import t from 'tap'
import type { WireRequest } from '../../../src/dialects/dialect.ts'
import { claims } from '../../../src/dialects/tencent/envelope.ts'
import { hasTags } from '../../support/services.ts'
import { plainRequest, requestId } from '../../support/wire.ts'
import { createClient, host, type Tc3Options } from './client.ts'

const request: WireRequest = { ...plainRequest, method: 'POST', headers: { host: '127.0.0.1:1' } }
const form = { 'content-type': 'application/x-www-form-urlencoded' }

t.test('whose a request is', async (t) => {
  const ours: [string, Partial<WireRequest>][] = [
    ['TC3', { headers: { authorization: 'TC3-HMAC-SHA256 x' } }],
    ['SKIP', { headers: { authorization: 'SKIP' } }],
    ['a header of the common parameters', { headers: { 'x-tc-version': '2019-01-18' } }],
    ['host', { headers: { host: 'kms.ap-guangzhou.tencentcloudapi.com' } }],
    ['host, international', { headers: { host: 'KMS.intl.TencentCloudAPI.com:443' } }],
    ['SecretId', { method: 'GET', rawQuery: 'SecretId=x' }],
    ['SecretId in a form', { headers: form, body: Buffer.from('a=b&SecretId=x') }],
    ['Version', { method: 'GET', rawQuery: 'Version=2019-01-18' }],
  ]
  for (const [name, parts] of ours) t.equal(claims({ ...request, ...parts }), true, name)
  const others: [string, Partial<WireRequest>][] = [
    ['nothing', {}],
    ['ACS3', { headers: { authorization: 'ACS3-HMAC-SHA256 x', 'x-acs-action': 'ListKeys' } }],
    ['another version', { method: 'GET', rawQuery: 'Version=2016-01-20' }],
    ['a form that says it is none', { body: Buffer.from('SecretId=x') }],
  ]
  for (const [name, parts] of others) t.equal(claims({ ...request, ...parts }), false, name)
})

t.test('a reply: status 200, the exact content type, one Response with its RequestId', async (t) => {
  const { serve, tc3 } = await createClient()
  const good = await serve(tc3('ListKeys'))
  t.equal(good.status, 200)
  t.same(good.headers, { 'content-type': 'application/json' })
  t.equal(good.body, `{"Response":{"Keys":[],"TotalCount":0,"RequestId":"${requestId}"}}`)
  const bad = await serve(tc3('listkeys', { headers: { 'x-tc-traceid': 'trace 1' } }))
  t.equal(bad.status, 200)
  t.same(bad.headers, { 'content-type': 'application/json', 'x-tc-traceid': 'trace 1' })
  t.same(JSON.parse(bad.body), {
    Response: {
      Error: { Code: 'InvalidAction', Message: 'The action `listkeys` does not exist.' },
      RequestId: requestId,
    },
  })
  t.notOk('cause' in bad, 'a client’s mistake is not logged')
  const traced = await serve(tc3('ListKeys', { headers: { 'x-tc-traceid': 'trace-2' } }))
  t.equal(traced.headers['x-tc-traceid'], 'trace-2')
})

t.test('requests that cannot be read', async (t) => {
  const { send, tc3 } = await createClient()
  const text = (text: string): Tc3Options => ({ text })
  const type = (contentType: string): Tc3Options => ({ contentType })
  const cases: [code: string, parts: Partial<WireRequest>][] = [
    ['UnsupportedProtocol', { ...tc3('ListKeys'), method: 'PUT' }],
    ['UnsupportedProtocol', { ...tc3('ListKeys'), method: 'HEAD' }],
    ['UnsupportedProtocol', { ...tc3('ListKeys'), method: 'post' }],
    ['UnsupportedProtocol', { ...tc3('ListKeys'), method: 'DELETE', oversized: true }],
    ['RequestSizeLimitExceeded', { ...tc3('ListKeys'), oversized: true }],
    ['RequestSizeLimitExceeded', tc3('ListKeys', text('x'.repeat(10 * 1024 * 1024 + 1)))],
    ['RequestSizeLimitExceeded', tc3('ListKeys', { method: 'GET', text: `a=${'x'.repeat(32 * 1024)}` })],
    ['RequestSizeLimitExceeded', { method: 'GET', rawQuery: `SecretId=${'x'.repeat(32 * 1024)}` }],
    ['InvalidParameter', tc3('ListKeys', text(''))],
    ['InvalidParameter', tc3('ListKeys', text('{'))],
    ['InvalidParameter', tc3('ListKeys', text('[]'))],
    ['InvalidParameter', tc3('ListKeys', text('null'))],
    ['InvalidParameter', tc3('ListKeys', text('"x"'))],
    ['InvalidParameter', tc3('ListKeys', text('7'))],
    ['InvalidParameter', tc3('ListKeys', text('{"Limit":1,}'))],
    ['InvalidParameter', tc3('ListKeys', text('\ufeff{}'))],
    ['InvalidParameter', tc3('ListKeys', type('application/x-www-form-urlencoded'))],
    ['InvalidParameter', tc3('ListKeys', type('application/jsonx'))],
    ['InvalidRequest', tc3('ListKeys', type('multipart/form-data; boundary=x'))],
    ['InvalidParameter', tc3('ListKeys', { headers: { 'content-type': undefined } })],
    ['MissingParameter', {}],
    ['MissingParameter', { method: 'GET' }],
    ['MissingParameter', { body: Buffer.from('{"Action":"ListKeys"}') }],
    ['MissingParameter', tc3('')],
    ['InvalidAction', tc3('CreateSecret')],
    ['InvalidAction', tc3('__proto__')],
    ['InvalidAction', tc3('constructor')],
    ['NoSuchVersion', tc3('ListKeys', { headers: { 'x-tc-version': '2019-01-19' } })],
    ['NoSuchVersion', tc3('CreateSecret', { headers: { 'x-tc-version': '2019-01-19' } })],
  ]
  for (const [index, [code, parts]] of cases.entries()) {
    t.equal((await send(parts)).Error?.Code, code, `${index}`)
  }
})

t.test('the gateway’s order: what is wrong first is said', async (t) => {
  const { send, tc3 } = await createClient()
  const wrong: Tc3Options = { text: '{', headers: { authorization: 'x' } }
  t.match(await send(tc3('Nothing', wrong)), { Error: { Message: /JSON/ } }, 'body before action')
  const { text: _, ...noBody } = wrong
  t.match(await send(tc3('Nothing', noBody)), { Error: { Code: 'InvalidAction' } }, 'action before signature')
  t.match(await send(tc3('ListKeys', noBody)), { Error: { Code: 'AuthFailure.InvalidAuthorization' } })
  const region = { 'x-tc-region': 'null' }
  const unknown = '{"Foo":1}'
  t.match(
    await send(tc3('ListKeys', { secret: 'x', headers: region, text: unknown })),
    { Error: { Code: 'AuthFailure.SignatureFailure' } },
    'signature before region',
  )
  t.match(
    await send(tc3('ListKeys', { headers: region, text: unknown })),
    { Error: { Code: 'InvalidParameterValue' } },
    'region before parameters',
  )
  const names = async (input: string) => (await send(tc3('DescribeKey', { text: input }))).Error.Code
  t.equal(await names('{"Foo":1}'), 'MissingParameter', 'missing before unknown')
  t.equal(await names('{"Foo":1,"KeyId":7}'), 'UnknownParameter', 'unknown before type')
  t.equal(await names('{"KeyId":7}'), 'InvalidParameter')
})

t.test('parameters at fault are named', async (t) => {
  const { call } = await createClient()
  const cases: [code: string, name: string, action: string, input: object][] = [
    ['MissingParameter', 'KeyId', 'DescribeKey', {}],
    ['MissingParameter', 'KeyId', 'DescribeKey', { KeyId: null }],
    ['MissingParameter', 'Tags.0.TagValue', 'CreateKey', { Alias: 'a', Tags: [{ TagKey: 'x' }] }],
    ['UnknownParameter', 'keyId', 'DescribeKey', { KeyId: 'x', keyId: 'x' }],
    ['UnknownParameter', 'Action', 'ListKeys', { Action: 'ListKeys' }],
    ['UnknownParameter', '__proto__', 'ListKeys', JSON.parse('{"__proto__":{"Limit":1}}')],
    ['UnknownParameter', 'constructor', 'ListKeys', { constructor: 1 }],
    [
      'UnknownParameter',
      'Tags.0.Foo',
      'CreateKey',
      { Alias: 'a', Tags: [{ TagKey: 'x', TagValue: '', Foo: 1 }] },
    ],
    ['InvalidParameter', 'KeyId', 'DescribeKey', { KeyId: 7 }],
    ['InvalidParameter', 'KeyId', 'DescribeKey', { KeyId: ['x'] }],
    ['InvalidParameter', 'KeyIds', 'DescribeKeys', { KeyIds: 'x' }],
    ['InvalidParameter', 'KeyIds.0', 'DescribeKeys', { KeyIds: [null] }],
    ['InvalidParameter', 'Limit', 'ListKeys', { Limit: true }],
    ['InvalidParameter', 'Limit', 'ListKeys', { Limit: 1.5 }],
    ['InvalidParameter', 'Limit', 'ListKeys', { Limit: '1.5' }],
    ['InvalidParameter', 'Limit', 'ListKeys', { Limit: '0x1' }],
    ['InvalidParameter', 'Limit', 'ListKeys', { Limit: '' }],
    ['InvalidParameter', 'Limit', 'ListKeys', { Limit: 201 }],
    ['InvalidParameter', 'Offset', 'ListKeys', { Offset: -1 }],
    ['InvalidParameter', 'Offset', 'ListKeys', { Offset: 2 ** 63 }],
    ['InvalidParameter', 'Offset', 'ListKeys', { Offset: 1e300 }],
    ['InvalidParameter', 'Offset', 'ListKeys', { Offset: '9'.repeat(40) }],
  ]
  for (const [code, name, action, input] of cases) {
    const { Error: error } = await call(action, input)
    t.equal(error?.Code, code, JSON.stringify(input).slice(0, 80))
    t.match(error?.Message, `\`${name}\``)
  }
})

t.test('decimal texts are integers, null members are absent, in JSON and in queries', async (t) => {
  const { call, send, tc3, v1 } = await createClient()
  t.equal(Buffer.from((await call('GenerateRandom', { NumberOfBytes: '8' })).Plaintext, 'base64').length, 8)
  t.same((await call('ListKeys', { Limit: null, HsmClusterId: null })).Keys, [])
  const get = tc3('GenerateRandom', { method: 'GET', text: 'NumberOfBytes=8' })
  t.type((await send(get)).Plaintext, 'string')
  const inQuery = await send(tc3('ListKeys', { method: 'GET', text: 'Action=ListKeys' }))
  t.match(inQuery, { Error: { Code: 'UnknownParameter' } }, 'TC3 has its common parameters in headers')
  const empty = v1({ Action: 'ListKeys', Limit: '' })
  t.match(
    await send({ method: 'GET', rawQuery: empty, headers: { host } }),
    { TotalCount: 0 },
    'empty is absent',
  )
  for (const Limit of ['ten', '1e1']) {
    const rawQuery = v1({ Action: 'ListKeys', Limit })
    t.match(await send({ method: 'GET', rawQuery, headers: { host } }), {
      Error: { Code: 'InvalidParameter', Message: /`Limit`/ },
    })
  }
})

t.test('lists and objects in queries: dots and indexes from zero', async (t) => {
  const { services, send, v1, makeKey } = await createClient()
  const keys: string[] = []
  for (let index = 0; index < 12; index++) keys.push(await makeKey())
  const ask = (fields: object) => send({ method: 'GET', rawQuery: v1({ ...fields }), headers: { host } })
  const indexed = Object.fromEntries(keys.map((id, index) => [`KeyIds.${index}`, id]))
  const { KeyMetadatas } = await ask({ Action: 'DescribeKeys', ...indexed })
  t.same(
    KeyMetadatas.map(({ KeyId }: { KeyId: string }) => KeyId),
    keys,
  )
  const { KeyId } = await ask({
    Action: 'CreateKey',
    Alias: 'a',
    'Tags.0.TagKey': 'k',
    'Tags.0.TagValue': 'v',
  })
  t.ok(await hasTags(services, KeyId, { k: 'v' }))
  const listed = await ask({
    Action: 'ListKeyDetail',
    'TagFilters.0.TagKey': 'k',
    'TagFilters.0.TagValue.0': 'x',
    'TagFilters.0.TagValue.1': 'v',
  })
  t.equal(listed.TotalCount, 1)
  t.match(
    await ask({ Action: 'DescribeKey', KeyId, 'MemberAccount.MemberAppId': 1, 'MemberAccount.MemberUin': 2 }),
    {
      Error: { Code: 'UnsupportedOperation.NotRoleOperation' },
    },
  )
  const bad: Record<string, unknown>[] = [
    { 'KeyIds.1': KeyId },
    { 'KeyIds.x': KeyId },
    { 'KeyIds.-1': KeyId },
    { 'KeyIds.1e9': KeyId },
    { 'KeyIds.0.KeyId': KeyId },
    { KeyIds: KeyId },
  ]
  for (const fields of bad) {
    const { Error: error } = await ask({ Action: 'DescribeKeys', ...fields })
    t.equal(error?.Code, 'InvalidParameter', JSON.stringify(fields))
  }
})

t.test('nesting deeper than the stack is the client’s mistake, not ours', async (t) => {
  const { serve, tc3 } = await createClient()
  const depth = 1_000_000
  for (const [code, text] of [
    ['InvalidParameter', `{"KeyId":${'['.repeat(depth)}${']'.repeat(depth)}}`],
    ['InvalidParameter', `{"KeyId":${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}}`],
    ['MissingParameter', `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`],
  ] as const) {
    const reply = await serve(tc3('DescribeKey', { text }))
    t.equal(JSON.parse(reply.body).Response.Error.Code, code)
    t.notOk('cause' in reply)
  }
})
