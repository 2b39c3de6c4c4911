// Who calls: both families of signatures, and each way to fail with its code and HTTP status.
import t from 'tap'
import type { Store } from '../../../src/core/ports.ts'
import { bindingDigest, encodeEnvelope, uuidBytes } from '../../../src/core/sealed.ts'
import {
  acs3CanonicalRequest,
  acs3PayloadHash,
  acs3Signature,
  acs3StringToSign,
  sign,
} from '../../../src/dialects/alibaba/signature.ts'
import { openStore } from '../../../src/store/store.ts'
import { accountId, alibabaKey, startTime, tencentKey } from '../../support/services.ts'
import { createClient } from './client.ts'

const host = 'kms.cn-hangzhou.aliyuncs.com'
const minute = 60_000

interface Acs3Options {
  readonly algorithm?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly omit?: readonly string[]
  /** Names listed as signed besides the usual ones. */
  readonly list?: readonly string[]
  readonly body?: string
  readonly query?: string
  readonly now?: number
  readonly nonce?: string
  readonly secret?: string
}

let count = 0

/** An ACS3 request; `omit` takes headers away after they were signed. */
function acs3(action: string, options: Acs3Options = {}) {
  const { algorithm = 'ACS3-HMAC-SHA256', body = '', query = '', now = startTime, list = [] } = options
  const payloadHash = acs3PayloadHash(algorithm, body)
  const headers: Record<string, string> = {
    host,
    'x-acs-action': action,
    'x-acs-version': '2016-01-20',
    'x-acs-date': `${new Date(now).toISOString().slice(0, 19)}Z`,
    'x-acs-signature-nonce': options.nonce ?? `nonce-${++count}`,
    'x-acs-content-sha256': payloadHash,
    ...options.headers,
  }
  const pairs = [...new URLSearchParams(query)]
  const signed: [string, string][] = [
    ...Object.entries(headers),
    ...list.map((name): [string, string] => [name, '']),
  ]
  const canonical = acs3CanonicalRequest('POST', '/', pairs, signed, payloadHash)
  const secret = options.secret ?? alibabaKey.secret
  const signature = acs3Signature(secret, algorithm, acs3StringToSign(algorithm, canonical))
  const names = signed
    .map(([name]) => name)
    .sort()
    .join(';')
  for (const name of options.omit ?? []) delete headers[name]
  const authorization = `${algorithm} Credential=${alibabaKey.accessKeyId},SignedHeaders=${names},Signature=${signature}`
  return { method: 'POST', rawQuery: query, headers: { ...headers, authorization }, body: Buffer.from(body) }
}

t.test('ACS3: SHA256 and SM3, parameters in the query, a form or a JSON body', async (t) => {
  const client = await createClient()
  const KeyId = await client.makeKey()
  const form = { 'content-type': 'application/x-www-form-urlencoded' }
  const json = { 'content-type': 'application/json; charset=utf-8' }
  for (const algorithm of ['ACS3-HMAC-SHA256', 'ACS3-HMAC-SM3']) {
    for (const options of [
      { query: `KeyId=${KeyId}&NumberOfBytes=7` },
      { body: `KeyId=${KeyId}&NumberOfBytes=7`, headers: form },
      { body: JSON.stringify({ KeyId, NumberOfBytes: 7, DryRun: null }), headers: json },
      { query: `KeyId=${KeyId}`, body: 'NumberOfBytes=7', headers: form },
    ]) {
      const { status, body } = await client.send(acs3('GenerateDataKey', { algorithm, ...options }))
      t.match({ status, body }, { status: 200, body: { KeyId } })
      t.equal(Buffer.from(body.Plaintext, 'base64').length, 7)
    }
  }
})

t.test('ACS3: the content hash may come under its SM3 name', async (t) => {
  const { send } = await createClient()
  const algorithm = 'ACS3-HMAC-SM3'
  const headers = { 'x-acs-content-sm3': acs3PayloadHash(algorithm, '') }
  const request = acs3('ListKeys', { algorithm, headers })
  t.equal((await send(request)).status, 200)
})

t.test('what `call` signs is accepted', async (t) => {
  const { send } = await createClient()
  const input = { PageSize: 5, Filters: [{ Key: 'KeyState', Values: ['Enabled'] }] }
  const signed = sign({ action: 'ListKeys', input, credential: alibabaKey, host, region: '', now: startTime })
  const { method, path, headers } = signed
  t.match((await send({ method, rawQuery: path.slice(2), headers })).body, { PageSize: 5, TotalCount: 0 })
})

t.test('a key of the other cloud signs here too', async (t) => {
  const { send, query } = await createClient()
  const rawQuery = query(
    { Action: 'ListKeys', AccessKeyId: tencentKey.accessKeyId },
    'GET',
    tencentKey.secret,
  )
  t.equal((await send({ rawQuery })).status, 200)
})

t.test('RPC: in the query, in a form, or split; HMAC-SHA1 and HMAC-SHA256', async (t) => {
  const { send, query } = await createClient()
  const headers = { 'content-type': 'application/x-www-form-urlencoded' }
  for (const SignatureMethod of ['HMAC-SHA1', 'HMAC-SHA256']) {
    const make = () => query({ Action: 'ListKeys', PageSize: 3, SignatureMethod }, 'POST')
    t.equal((await send({ method: 'POST', rawQuery: make() })).body.PageSize, 3)
    t.equal((await send({ method: 'POST', headers, body: Buffer.from(make()) })).body.PageSize, 3)
    const pairs = make().split('&')
    const [rawQuery, body] = [pairs.slice(0, 5).join('&'), Buffer.from(pairs.slice(5).join('&'))]
    t.equal((await send({ method: 'POST', headers, rawQuery, body })).body.PageSize, 3)
  }
})

t.test('RPC: x-acs-* headers beside signed parameters carry no authority', async (t) => {
  const { send, query } = await createClient()
  const headers = { 'x-acs-action': 'CreateKey', 'x-acs-version': '2016-01-20' }
  t.equal((await send({ rawQuery: query({ Action: 'ListKeys' }), headers })).body.TotalCount, 0)
})

t.test('time: fifteen minutes either way, with or without milliseconds', async (t) => {
  const { call, clock } = await createClient()
  const [early, late] = [startTime - 15 * minute, startTime + 15 * minute]
  const at = async (milliseconds: number) =>
    (await call('ListKeys', { Timestamp: new Date(milliseconds).toISOString() })).body.Code
  t.same([await at(early), await at(late)], [undefined, undefined])
  t.same([await at(early - 1), await at(late + 1)], ['InvalidTimeStamp.Expired', 'InvalidTimeStamp.Expired'])
  t.equal((await call('ListKeys', { Timestamp: '2026-01-02T03:04:05Z' })).status, 200)
  for (const Timestamp of [
    'now',
    '2026-01-02',
    '1767323045',
    '2026-01-02T03:04:05',
    '2026-99-02T03:04:05Z',
  ]) {
    t.match(await call('ListKeys', { Timestamp }), { status: 400, body: { Code: 'InvalidTimeStamp.Format' } })
  }
  clock.set(late + 1)
  t.match(await call('ListKeys', { Timestamp: '2026-01-02T03:04:05Z' }), {
    body: { Code: 'InvalidTimeStamp.Expired' },
  })
})

t.test('a nonce counts once in thirty minutes, and only with a right signature', async (t) => {
  const { send, query, clock } = await createClient()
  const fields = { Action: 'ListKeys', SignatureNonce: 'once' }
  const wrong = await send({ rawQuery: query(fields, 'GET', 'guessed') })
  t.equal(wrong.body.Code, 'SignatureDoesNotMatch', 'a stranger cannot use up a nonce')
  t.equal((await send({ rawQuery: query(fields) })).status, 200)
  t.match(await send({ rawQuery: query(fields) }), { status: 400, body: { Code: 'SignatureNonceUsed' } })
  clock.advance(30 * minute - 1)
  t.equal((await send({ rawQuery: query(fields) })).body.Code, 'SignatureNonceUsed')
  clock.advance(1)
  t.equal((await send({ rawQuery: query(fields) })).status, 200)
})

t.test('the nonce of one access key is not the nonce of another', async (t) => {
  const { send, query } = await createClient()
  const fields = { Action: 'ListKeys', SignatureNonce: 'once' }
  t.equal((await send({ rawQuery: query(fields) })).status, 200)
  const other = query({ ...fields, AccessKeyId: tencentKey.accessKeyId }, 'GET', tencentKey.secret)
  t.equal((await send({ rawQuery: other })).status, 200)
})

t.test('RPC requests without a nonce may be repeated', async (t) => {
  const { send, query } = await createClient()
  const rawQuery = query({ Action: 'ListKeys', SignatureNonce: undefined })
  t.equal((await send({ rawQuery })).status, 200)
  t.equal((await send({ rawQuery })).status, 200)
})

const disable = (store: Store) => async (accessKeyId: string) => {
  const stored = await store.credential(accessKeyId)
  return stored === undefined ? undefined : ({ ...stored, active: false } as const)
}

t.test('a disabled access key', async (t) => {
  const store = await openStore('sqlite::memory:')
  const disabled = { ...store, credential: disable(store) }
  const { call } = await createClient({ store: disabled })
  t.match(await call('ListKeys'), { status: 400, body: { Code: 'InvalidAccessKeyId.Inactive' } })
})

t.test(
  'an access key that the token cannot open is an unavailable service, not a wrong signature',
  async (t) => {
    const { services, send, query } = await createClient()
    const keyVersionId = '2ab1a983-7072-4bbc-a582-584b5bd8ecf3'
    const wrapped = bindingDigest('secret', keyVersionId, {})
    const parts = {
      keyVersionId,
      strategy: 'rfc3394',
      purpose: 'secret',
      wrapped,
      body: Buffer.alloc(0),
    } as const
    const sealedSecret = Buffer.concat([uuidBytes(keyVersionId), encodeEnvelope(parts)])
    const row = {
      accessKeyId: 'LTAIsealed',
      accountId,
      sealedSecret,
      status: 'Active',
      createdAt: 0,
    } as const
    await services.store.transact((writer) => writer.insertCredential(row))
    const reply = await send({ rawQuery: query({ Action: 'ListKeys', AccessKeyId: 'LTAIsealed' }) })
    t.match(reply, { status: 503, body: { Code: 'ServiceUnavailableTemporary' } })
    t.notMatch(JSON.stringify(reply.body), keyVersionId)
  },
)

t.test('RPC: each way to fail', async (t) => {
  const client = await createClient()
  const cases: [code: string, status: number, input: Record<string, unknown>][] = [
    ['MissingAccessKeyId', 400, { AccessKeyId: undefined }],
    ['MissingAccessKeyId', 400, { AccessKeyId: '' }],
    ['InvalidAccessKeyId.NotFound', 404, { AccessKeyId: 'LTAIunknown' }],
    ['MissingSignatureMethod', 400, { SignatureMethod: undefined }],
    ['InvalidParameter', 400, { SignatureMethod: 'HMAC-MD5' }],
    ['InvalidParameter', 400, { SignatureMethod: 'toString' }],
    ['MissingSignatureVersion', 400, { SignatureVersion: undefined }],
    ['InvalidParameter', 400, { SignatureVersion: '2.0' }],
    ['InvalidParameter', 400, { SignatureType: 'BEARERTOKEN', BearerToken: 'x' }],
    ['MissingTimestamp', 400, { Timestamp: undefined }],
    ['InvalidSecurityToken.MismatchWithAccessKey', 400, { SecurityToken: 'x' }],
  ]
  for (const [code, status, input] of cases) {
    const reply = await client.send({ rawQuery: client.query({ Action: 'ListKeys', ...input }) })
    t.match(reply, { status, body: { Code: code, HttpStatus: status } }, JSON.stringify(input))
  }
  const unsigned = client.query({ Action: 'ListKeys' }).replace(/&Signature=.*/, '')
  t.match(await client.send({ rawQuery: unsigned }), { status: 400, body: { Code: 'IncompleteSignature' } })
})

t.test('a wrong signature tells the server’s text, and never a secret', async (t) => {
  const client = await createClient()
  const lead = 'Specified signature is not matched with our calculation. server string to sign is:'
  const rpc = await client.send({ rawQuery: client.query({ Action: 'ListKeys' }, 'GET', 'guessed') })
  t.equal(rpc.status, 400)
  t.ok(rpc.body.Message.startsWith(`${lead}GET&%2F&AccessKeyId%3D`), rpc.body.Message)
  const v3 = await client.send(acs3('ListKeys', { secret: 'guessed' }))
  t.equal(v3.body.Code, 'SignatureDoesNotMatch')
  t.ok(v3.body.Message.startsWith(`${lead}ACS3-HMAC-SHA256\n`), v3.body.Message)
  t.match(v3.body.Message, /server canonical request is:POST\n\/\n\nhost:/)
  for (const { body } of [rpc, v3]) t.notOk(JSON.stringify(body).includes(alibabaKey.secret))
})

t.test('ACS3: each way to fail', async (t) => {
  const { send } = await createClient()
  const form = { 'content-type': 'application/x-www-form-urlencoded' }
  const good = acs3('ListKeys', { nonce: 'taken' })
  t.equal((await send(good)).status, 200)
  const authorized = (authorization: string) => ({ ...good, headers: { ...good.headers, authorization } })
  const changed = (from: string | RegExp, to: string) =>
    authorized(good.headers.authorization.replace(from, to))
  const cases: [name: string, code: string, status: number, request: object][] = [
    ['replay', 'SignatureNonceUsed', 400, good],
    ['unknown key', 'InvalidAccessKeyId.NotFound', 404, changed('LTAItest', 'LTAIx')],
    ['RSA', 'IncompleteSignature', 400, changed('ACS3-HMAC-SHA256', 'ACS3-RSA-SHA256')],
    ['ACS4', 'IncompleteSignature', 400, changed('ACS3-HMAC-SHA256', 'ACS4-HMAC-SHA256')],
    ['no credential', 'IncompleteSignature', 400, changed(/Credential=[^,]*,/, '')],
    ['no signature', 'IncompleteSignature', 400, changed(/,Signature=.*/, '')],
    ['another scheme', 'IncompleteSignature', 400, authorized('Bearer x')],
    ['no Authorization', 'IncompleteSignature', 400, acs3('ListKeys', { omit: [] })],
    ['no date', 'MissingTimestamp', 400, acs3('ListKeys', { omit: ['x-acs-date'] })],
    ['no nonce', 'IncompleteSignature', 400, acs3('ListKeys', { omit: ['x-acs-signature-nonce'] })],
    ['unsigned host', 'IncompleteSignature', 400, changed('host;', '')],
    ['unsigned hash', 'IncompleteSignature', 400, changed('x-acs-content-sha256;', '')],
    ['stale', 'InvalidTimeStamp.Expired', 400, acs3('ListKeys', { now: startTime - 16 * minute })],
    [
      'another body',
      'SignatureDoesNotMatch',
      400,
      { ...acs3('ListKeys', { headers: form }), body: Buffer.from('a=b') },
    ],
    ['another query', 'SignatureDoesNotMatch', 400, { ...acs3('ListKeys'), rawQuery: 'PageSize=1' }],
    [
      'an untrue hash',
      'SignatureDoesNotMatch',
      400,
      acs3('ListKeys', { headers: { 'x-acs-content-sha256': 'a' } }),
    ],
    [
      'a name of Object',
      'SignatureDoesNotMatch',
      400,
      changed('SignedHeaders=', 'SignedHeaders=constructor;'),
    ],
    ['a name of Object', 'SignatureDoesNotMatch', 400, changed('SignedHeaders=', 'SignedHeaders=__proto__;')],
    [
      'a token',
      'InvalidSecurityToken.MismatchWithAccessKey',
      400,
      acs3('ListKeys', { headers: { 'x-acs-security-token': 'STS.fake' } }),
    ],
    ['no version', 'MissingVersion', 400, acs3('ListKeys', { omit: ['x-acs-version'] })],
    ['version', 'InvalidVersion', 400, acs3('ListKeys', { headers: { 'x-acs-version': '2015-01-01' } })],
    ['no action', 'MissingAction', 400, acs3('ListKeys', { omit: ['x-acs-action'] })],
    ['action', 'InvalidAction.NotFound', 404, acs3('hasOwnProperty')],
  ]
  for (const [name, code, status, request] of cases) {
    const given =
      name === 'no Authorization'
        ? { ...good, headers: { ...good.headers, authorization: undefined } }
        : request
    t.match(await send(given), { status, body: { Code: code, HttpStatus: status } }, name)
  }
  const token = acs3('ListKeys')
  const unsigned = { ...token, headers: { ...token.headers, 'x-acs-security-token': 'STS.fake' } }
  t.match(await send(unsigned), { status: 400, body: { Code: 'IncompleteSignature' } }, 'an unsigned token')
})
