// Who calls: TC3 and v1 as SDKs really sign, and each way to fail with its code.
import t from 'tap'
import { v1Signature, v1StringToSign } from '../../../src/dialects/tencent/signature.ts'
import { alibabaKey, tencentKey } from '../../support/services.ts'
import { createClient, host, region } from './client.ts'

const form = { 'content-type': 'application/x-www-form-urlencoded' }

t.test('TC3 as each SDK signs it', async (t) => {
  const { send, tc3 } = await createClient()
  const local = { host: '127.0.0.1:8080' }
  const good: [name: string, options: Parameters<typeof tc3>[1]][] = [
    ['the vendor’s host', {}],
    ['Python, Go: host with port, service kms', local],
    [
      'Node: host without port, service from an address',
      { ...local, signedHost: '127.0.0.1', service: '127' },
    ],
    [
      'Node: service from a name with its port',
      { host: 'localhost:8080', signedHost: 'localhost', service: 'localhost:8080' },
    ],
    ['Java: a charset, service from the endpoint', { contentType: 'application/json; charset=utf-8' }],
    ['a value signed in lower case', { host: 'KMS.Example.com', signedHost: 'kms.example.com' }],
    ['a value signed as it is', { host: 'KMS.Example.com' }],
    ['tccli with a scheme in its endpoint', { host: 'http://127.0.0.1:8080' }],
    ['unsigned payload', { unsignedPayload: true }],
    ['GET', { method: 'GET', text: 'Limit=1&Offset=0' }],
    ['GET with the query as the client wrote it', { method: 'GET', text: 'Offset=0&Limit=%31' }],
    ['GET without parameters', { method: 'GET' }],
    ['a clock five minutes ahead', { ahead: 300 }],
    ['a clock five minutes behind', { ahead: -300 }],
    ['an access key of the other cloud', { secretId: alibabaKey.accessKeyId, secret: alibabaKey.secret }],
    ['another region', { headers: { 'x-tc-region': 'ap-shanghai-fsi' } }],
    ['an empty token', { headers: { 'x-tc-token': '' } }],
    [
      'headers to tolerate',
      { headers: { 'x-tc-requestclient': 'SDK_GO_1.3.166', 'x-tc-language': 'zh-CN' } },
    ],
  ]
  for (const [name, options] of good) {
    t.same((await send(tc3('ListKeys', options))).Keys, [], name)
  }
})

t.test('a signed payload is the payload that came; an unsigned one is any', async (t) => {
  const { send, tc3 } = await createClient()
  const body = Buffer.from('{"Limit":1}')
  t.match(await send({ ...tc3('ListKeys'), body }), { Error: { Code: 'AuthFailure.SignatureFailure' } })
  t.same((await send({ ...tc3('ListKeys', { unsignedPayload: true }), body })).Keys, [])
})

t.test('TC3: each way to fail', async (t) => {
  const { send, tc3 } = await createClient()
  const { authorization = '' } = tc3('ListKeys').headers ?? {}
  const changed = (from: string | RegExp, to: string) => ({
    headers: { authorization: authorization.replace(from, to) },
  })
  const invalid = 'AuthFailure.InvalidAuthorization'
  const failure = 'AuthFailure.SignatureFailure'
  const bad: [code: string, options: Parameters<typeof tc3>[1]][] = [
    [invalid, { headers: { authorization: undefined } }],
    [invalid, { headers: { authorization: '' } }],
    [invalid, { headers: { authorization: 'SKIP' } }],
    [invalid, changed('TC3-HMAC-SHA256', 'TC3-HMAC-SM3')],
    [invalid, changed('/tc3_request', '')],
    [invalid, changed(/Signature=\w/, 'Signature=')],
    [invalid, changed('content-type;host', 'host')],
    [invalid, changed('content-type;host', 'content-type')],
    ['AuthFailure.SecretIdNotFound', { secretId: 'AKIDnobody' }],
    ['AuthFailure.SecretIdNotFound', { secretId: '__proto__' }],
    ['AuthFailure.SecretIdNotFound', { secretId: 'AKIDnobody', ahead: 900 }],
    ['AuthFailure.SignatureExpire', { ahead: 301 }],
    ['AuthFailure.SignatureExpire', { ahead: -301 }],
    ['AuthFailure.SignatureExpire', { ahead: 301, secret: 'wrong' }],
    ['AuthFailure.SignatureExpire', { headers: { 'x-tc-timestamp': '999999999999' } }],
    ['MissingParameter', { headers: { 'x-tc-timestamp': undefined } }],
    ['MissingParameter', { headers: { 'x-tc-timestamp': '' } }],
    ['InvalidParameter', { headers: { 'x-tc-timestamp': 'now' } }],
    ['InvalidParameter', { headers: { 'x-tc-timestamp': '-1' } }],
    [failure, { secret: 'wrong' }],
    [failure, { secret: 'wrong', headers: { 'x-tc-token': 'x' } }],
    [failure, { service: 'cvm' }],
    [failure, { date: '2026-01-01' }],
    [failure, { date: '2026-01-03' }],
    [failure, { signedHost: 'other.example' }],
    [failure, changed(/\d{4}-\d\d-\d\d/, '2026-01-03')],
    [failure, changed('content-type;host', 'host;content-type')],
    [failure, changed('content-type;host', 'content-type;host;x-tc-action')],
    [failure, changed('content-type;host', 'content-type;host;constructor')],
    [failure, { headers: { 'content-type': 'application/json; charset=utf-8' } }],
    ['AuthFailure.TokenFailure', { headers: { 'x-tc-token': 'x' } }],
    ['AuthFailure.TokenFailure', { headers: { 'x-tc-token': 'x', 'x-tc-region': undefined } }],
    ['MissingParameter', { headers: { 'x-tc-region': undefined } }],
    ['InvalidParameterValue', { headers: { 'x-tc-region': '' } }],
    ['InvalidParameterValue', { headers: { 'x-tc-region': 'null' } }],
    ['InvalidParameterValue', { headers: { 'x-tc-region': 'AP-GUANGZHOU' } }],
    ['InvalidParameterValue', { headers: { 'x-tc-region': 'ap-guangzhou\n' } }],
  ]
  for (const [code, options] of bad) {
    const { Error: error } = await send(tc3('ListKeys', options))
    t.equal(error?.Code, code, JSON.stringify(options))
    t.notMatch(error?.Message, tencentKey.secret)
  }
  const get = tc3('ListKeys', { method: 'GET', text: 'Limit=1' })
  t.match(await send({ ...get, rawQuery: 'Limit=2' }), { Error: { Code: failure } }, 'a query after signing')
})

t.test('the common parameter at fault is named as the client sent it', async (t) => {
  const { send, tc3, v1 } = await createClient()
  for (const name of ['X-TC-Action', 'X-TC-Version', 'X-TC-Timestamp', 'X-TC-Region']) {
    const headers = { [name.toLowerCase()]: undefined }
    t.match(await send(tc3('ListKeys', { headers })), { Error: { Message: `\`${name}\`` } })
  }
  t.match(await send(tc3('ListKeys', { headers: { 'x-tc-region': 'x' } })), {
    Error: { Message: /`X-TC-Region`/ },
  })
  for (const name of ['Action', 'Version', 'SecretId', 'Nonce', 'Timestamp', 'Region']) {
    const rawQuery = v1({ Action: 'ListKeys', [name]: undefined })
    const { Error: error } = await send({ method: 'GET', rawQuery, headers: { host } })
    t.equal(error.Code, 'MissingParameter', name)
    t.match(error.Message, `\`${name}\``)
  }
  const rawQuery = v1({ Action: 'ListKeys', Region: 'x' })
  t.match(await send({ method: 'GET', rawQuery, headers: { host } }), {
    Error: { Code: 'InvalidParameterValue', Message: /`Region`/ },
  })
})

t.test('GetRegions needs no region', async (t) => {
  const { send, tc3, v1 } = await createClient()
  for (const given of [undefined, '', 'null', 'ap-tokyo']) {
    t.same((await send(tc3('GetRegions', { headers: { 'x-tc-region': given } }))).Regions, [region])
  }
  const rawQuery = v1({ Action: 'GetRegions', Region: undefined })
  t.same((await send({ method: 'GET', rawQuery, headers: { host } })).Regions, [region])
})

t.test('v1 by GET and by POST, with each hash and host', async (t) => {
  const { send, v1 } = await createClient()
  const input = { Action: 'ListKeys', Limit: 1 }
  for (const SignatureMethod of ['HmacSHA256', 'HmacSHA1', 'anything', undefined]) {
    for (const [wireHost, signedHost] of [
      [host, host],
      ['127.0.0.1:8080', '127.0.0.1:8080'],
      ['127.0.0.1:8080', '127.0.0.1'],
      ['KMS.Example.com:8080', 'kms.example.com'],
    ] as const) {
      const fields = { ...input, SignatureMethod }
      const get = { method: 'GET', rawQuery: v1(fields, 'GET', signedHost), headers: { host: wireHost } }
      t.same((await send(get)).Keys, [], `GET ${SignatureMethod} ${signedHost}`)
      const body = Buffer.from(v1(fields, 'POST', signedHost))
      t.same((await send({ body, headers: { ...form, host: wireHost } })).Keys, [], `POST ${SignatureMethod}`)
    }
  }
})

t.test('v1 signs what was meant, whatever its encoding', async (t) => {
  const { send, v1, makeKey } = await createClient()
  const KeyId = await makeKey()
  const EncryptionContext = '{"k":"a + b&c=d%","名":"é"}'
  const encoded = v1({ Action: 'GenerateDataKey', KeyId, KeySpec: 'AES_128', EncryptionContext })
  t.match(encoded, '+')
  for (const rawQuery of [encoded, encoded.replaceAll('+', '%20')]) {
    t.equal((await send({ method: 'GET', rawQuery, headers: { host } })).KeyId, KeyId)
  }
})

t.test('v1: a repeated nonce is not refused, as an SDK that tries again repeats it', async (t) => {
  const { send, v1 } = await createClient()
  const request = { method: 'GET', rawQuery: v1({ Action: 'ListKeys' }), headers: { host } }
  t.same((await send(request)).Keys, [])
  t.same((await send(request)).Keys, [])
})

t.test('v1: each way to fail', async (t) => {
  const { send, v1, clock } = await createClient()
  const now = Math.floor(clock() / 1000)
  const bad: [code: string, fields: object][] = [
    ['AuthFailure.SecretIdNotFound', { SecretId: 'AKIDnobody' }],
    ['AuthFailure.SignatureExpire', { Timestamp: now + 301 }],
    ['AuthFailure.SignatureExpire', { Timestamp: now - 301 }],
    ['InvalidParameter', { Timestamp: 'now' }],
    ['AuthFailure.TokenFailure', { Token: 'x' }],
    ['InvalidAction', { Action: 'listKeys' }],
    ['NoSuchVersion', { Version: '2016-01-20' }],
    ['UnknownParameter', { Extra: 1 }],
  ]
  for (const [code, fields] of bad) {
    const rawQuery = v1({ Action: 'ListKeys', ...fields })
    const { Error: error } = await send({ method: 'GET', rawQuery, headers: { host } })
    t.equal(error?.Code, code, JSON.stringify(fields))
  }
  const good = v1({ Action: 'ListKeys' })
  const failure = { Error: { Code: 'AuthFailure.SignatureFailure' } }
  const altered = [
    `${good}&Limit=1`,
    good.replace('Version=', 'Version=2019-01-18&Version='),
    good.replace(/Nonce=\d+/, 'Nonce=1000000'),
    good.replace('HmacSHA256', 'HmacSHA1'),
  ]
  for (const rawQuery of altered) t.match(await send({ method: 'GET', rawQuery, headers: { host } }), failure)
  t.match(await send({ method: 'GET', rawQuery: good, headers: { host: 'other' } }), failure)
  t.match(await send({ body: Buffer.from(good), headers: { ...form, host } }), failure, 'signed for GET')
  const unsigned = good.replace(/&Signature=.*/, '')
  t.match(await send({ method: 'GET', rawQuery: unsigned, headers: { host } }), {
    Error: { Code: 'MissingParameter', Message: /`Signature`/ },
  })
})

t.test('v1 POST over a megabyte is told to use TC3', async (t) => {
  const { send } = await createClient()
  const error = { Error: { Code: 'AuthFailure.SignatureFailure', Message: /TC3-HMAC-SHA256/ } }
  const headers = { ...form, host }
  t.match(await send({ body: Buffer.alloc(1024 * 1024 + 1, 'a'), headers }), error)
  t.match(await send({ oversized: true, headers }), error)
})

t.test('an access key that was disabled is not found', async (t) => {
  const { services, send, tc3 } = await createClient()
  const { store } = services
  const read = store.credential.bind(store)
  Object.assign(store, {
    credential: async (id: string) => {
      const stored = await read(id)
      return stored && { ...stored, active: false }
    },
  })
  t.match(await send(tc3('ListKeys')), { Error: { Code: 'AuthFailure.SecretIdNotFound' } })
})

t.test('duplicate fields of v1 are all signed', async (t) => {
  const { send, v1 } = await createClient()
  const pairs = [...new URLSearchParams(v1({ Action: 'ListKeys', SignatureMethod: undefined }))]
    .filter(([name]) => name !== 'Signature')
    .concat([
      ['Limit', '5'],
      ['Limit', '5'],
    ])
  const signature = v1Signature(tencentKey.secret, undefined, v1StringToSign('GET', host, pairs))
  const rawQuery = String(new URLSearchParams([...pairs, ['Signature', signature]]))
  t.same((await send({ method: 'GET', rawQuery, headers: { host } })).Keys, [])
})
