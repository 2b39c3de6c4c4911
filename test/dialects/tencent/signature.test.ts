// Tencent signatures against known answers.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import {
  createTc3SigningKeys,
  parseTc3Authorization,
  sha256,
  sign,
  tc3CanonicalRequest,
  tc3Keys,
  tc3Signature,
  tc3StringToSign,
  v1Signature,
  v1StringToSign,
  verifyTc3,
  verifyV1,
} from '../../../src/dialects/tencent/signature.ts'

const vectors = JSON.parse(
  readFileSync(join(import.meta.dirname, '../../fixtures/tencent-vectors.json'), 'utf8'),
)
const { secretId, secretKey, timestamp, date, body, bodyHash } = vectors

t.equal(sha256(body), bodyHash, 'payload hash')

t.test('TC3 keys are derived step by step', async (t) => {
  const keys = tc3Keys(secretKey, date, 'kms')
  t.equal(keys.date.toString('hex'), vectors.derivation.kDate)
  t.equal(keys.service.toString('hex'), vectors.derivation.kService)
  t.equal(keys.signing.toString('hex'), vectors.derivation.kSigning)
})

t.test(
  'TC3 signing keys are kept: the same one for a day and a service, its own for any other',
  async (t) => {
    const keys = createTc3SigningKeys()
    const hex = (secret: string, day: string, service: string) =>
      keys(secret, day, service).export().toString('hex')
    const derived = (secret: string, day: string, service: string) =>
      tc3Keys(secret, day, service).signing.toString('hex')
    t.equal(hex(secretKey, date, 'kms'), vectors.derivation.kSigning)
    t.equal(keys(secretKey, date, 'kms'), keys(secretKey, date, 'kms'), 'derived once')
    for (const [secret, day, service] of [
      [secretKey, '2023-11-15', 'kms'],
      [secretKey, date, 'cvm'],
      [`${secretKey}x`, date, 'kms'],
      [secretKey, date, 'kms'],
    ]) {
      t.equal(hex(secret, day, service), derived(secret, day, service), `${day} ${service}`)
    }
  },
)

for (const vector of vectors.tc3) {
  t.test(`TC3 ${vector.name}`, async (t) => {
    const query = vector.query ?? ''
    const payloadHash = vector.payloadHash ?? (vector.method === 'GET' ? sha256('') : bodyHash)
    const canonical = tc3CanonicalRequest(vector.method, query, vector.signed, payloadHash)
    t.equal(sha256(canonical), vector.canonicalHash)
    const text = tc3StringToSign(timestamp, date, vector.service, canonical)
    t.equal(tc3Signature(secretKey, date, vector.service, text), vector.signature)
    const names = vector.signed.map(([name]: [string]) => name).join(';')
    const header = `TC3-HMAC-SHA256 Credential=${secretId}/${date}/${vector.service}/tc3_request, SignedHeaders=${names}, Signature=${vector.signature}`
    const authorization = parseTc3Authorization(header)
    if (authorization === undefined) return t.fail('not parsed')
    const parts = {
      method: vector.method,
      rawQuery: query,
      headers: vector.headers,
      body: Buffer.from(vector.method === 'GET' ? '' : body),
    }
    t.ok(verifyTc3(parts, authorization, timestamp, secretKey), 'verifies')
    t.notOk(verifyTc3(parts, authorization, timestamp, `${secretKey}x`), 'another secret')
    t.notOk(verifyTc3(parts, { ...authorization, date: '2023-11-15' }, timestamp, secretKey), 'another date')
    t.notOk(verifyTc3(parts, { ...authorization, service: 'cvm' }, timestamp, secretKey), 'another service')
    t.notOk(
      verifyTc3(
        { ...parts, rawQuery: `${query}x`, body: Buffer.from('{}') },
        authorization,
        timestamp,
        secretKey,
      ) && vector.name[0] !== 'D',
      'another payload',
    )
    const headers = { ...vector.headers, host: 'other.example' }
    t.notOk(verifyTc3({ ...parts, headers }, authorization, timestamp, secretKey), 'another host')
  })
}

t.test('v1 known answers', async (t) => {
  const { pairs, text, cases } = vectors.v1
  for (const { method, host, signatureMethod, signature } of cases) {
    const all: [string, string][] = [...Object.entries<string>(pairs), ['SignatureMethod', signatureMethod]]
    const toSign = v1StringToSign(method, host, all)
    if (method === 'GET' && signatureMethod === 'HmacSHA256') t.equal(toSign, text)
    t.equal(v1Signature(secretKey, signatureMethod, toSign), signature)
    const sent: [string, string][] = [...all, ['Signature', signature]]
    t.ok(verifyV1(method, host, sent, secretKey))
    t.notOk(verifyV1(method, host, sent, 'other'))
    t.notOk(verifyV1(method, 'other', sent, secretKey))
    t.notOk(verifyV1(method, host, [...sent, ['Extra', '1']], secretKey))
  }
})

t.test('v1 sorts names as text and signs with SHA-1 unless told otherwise', async (t) => {
  const names = ['KeyIds.2', 'KeyIds.11', 'KeyIds.10', 'KeyIds.1', 'KeyIds.0']
  const text = v1StringToSign(
    'GET',
    'h',
    names.map((name) => [name, '']),
  )
  t.equal(text, 'GETh/?KeyIds.0=&KeyIds.1=&KeyIds.10=&KeyIds.11=&KeyIds.2=')
  t.equal(v1Signature('k', undefined, 'x'), v1Signature('k', 'anything', 'x'))
})

t.test('an Authorization header of another form is not parsed', async (t) => {
  const good = `TC3-HMAC-SHA256 Credential=a/2023-11-14/kms/tc3_request, SignedHeaders=content-type;host, Signature=${'a'.repeat(64)}`
  t.match(parseTc3Authorization(good), { secretId: 'a', service: 'kms' })
  t.match(parseTc3Authorization(good.replaceAll(', ', ',  ')), { secretId: 'a' }, 'lenient on blanks')
  for (const bad of [
    '',
    'SKIP',
    good.replace('SHA256', 'SHA1'),
    good.replace('/kms', ''),
    good.replace('tc3_request', 'tc4_request'),
    good.replace('content-type;', ''),
    good.replace('aaaa', 'zzzz'),
    good.slice(0, -1),
  ]) {
    t.equal(parseTc3Authorization(bad), undefined, bad)
  }
})

t.test('what we sign, we verify', async (t) => {
  const now = 1_700_000_000_000
  const credential = { accessKeyId: secretId, secret: secretKey }
  const signed = sign({
    action: 'ListKeys',
    input: { Limit: 1 },
    credential,
    host: 'h:1',
    region: 'ap-guangzhou',
    now,
  })
  const authorization = parseTc3Authorization(signed.headers.authorization ?? '')
  const parts = { method: 'POST', rawQuery: '', headers: signed.headers, body: Buffer.from(signed.body) }
  t.ok(authorization && verifyTc3(parts, authorization, '1700000000', secretKey))
})
