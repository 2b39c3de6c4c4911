// Alibaba signatures against known answers.
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import {
  acs3CanonicalRequest,
  acs3PayloadHash,
  acs3Signature,
  acs3StringToSign,
  parseAcs3Authorization,
  percentEncode,
  rpcCanonicalQuery,
  rpcSignature,
  rpcStringToSign,
  sign,
} from '../../../src/dialects/alibaba/signature.ts'

const vectors = JSON.parse(
  readFileSync(join(import.meta.dirname, '../../fixtures/alibaba-vectors.json'), 'utf8'),
)
const { accessKeyId, secret, date, nonce, params, rpc, acs3 } = vectors

for (const { method, signatureMethod, signature } of rpc.cases) {
  t.test(`RPC ${signatureMethod} ${method}`, async (t) => {
    const pairs: [string, string][] = [
      ['AccessKeyId', accessKeyId],
      ['Action', 'GenerateDataKey'],
      ['Format', 'json'],
      ['Version', '2016-01-20'],
      ['Timestamp', date],
      ['SignatureNonce', nonce],
      ['SignatureMethod', signatureMethod],
      ['SignatureVersion', '1.0'],
      ['Signature', 'is not signed'],
      ...params,
    ]
    if (signatureMethod === 'HMAC-SHA1' && method === 'GET') {
      t.equal(rpcCanonicalQuery(pairs), rpc.canonical)
      t.equal(rpcStringToSign(method, pairs), rpc.stringToSign)
    }
    t.equal(rpcSignature(secret, signatureMethod, rpcStringToSign(method, pairs)), signature)
  })
}

for (const vector of acs3.cases) {
  t.test(`ACS3 ${vector.name}`, async (t) => {
    const headers = {
      host: acs3.host,
      'x-acs-action': 'GenerateDataKey',
      'x-acs-content-sha256': vector.payloadHash,
      'x-acs-date': date,
      'x-acs-signature-nonce': nonce,
      'x-acs-version': '2016-01-20',
      ...vector.headers,
    }
    const { algorithm, body = '' } = vector
    t.equal(acs3PayloadHash(algorithm, body), vector.payloadHash)
    const query = body === '' ? params : []
    const canonical = acs3CanonicalRequest('POST', '/', query, Object.entries(headers), vector.payloadHash)
    if (body === '') t.equal(canonical.split('\n')[2], acs3.canonicalQuery)
    const hash = algorithm.endsWith('SM3') ? 'sm3' : 'sha256'
    t.equal(createHash(hash).update(canonical).digest('hex'), vector.canonicalHash)
    t.equal(acs3Signature(secret, algorithm, acs3StringToSign(algorithm, canonical)), vector.signature)
  })
}

t.test('encoding is strict', async (t) => {
  t.equal(percentEncode("a b*(c)!'~-_.中/+"), 'a%20b%2A%28c%29%21%27~-_.%E4%B8%AD%2F%2B')
  t.equal(percentEncode('\ud800'), '%EF%BF%BD', 'a lone surrogate does no harm')
})

t.test('an Authorization header reads with and without blanks, and not in another form', async (t) => {
  const good = 'ACS3-HMAC-SHA256 Credential=id,SignedHeaders=host;x-acs-date,Signature=abc'
  const wanted = {
    algorithm: 'ACS3-HMAC-SHA256',
    accessKeyId: 'id',
    signedHeaders: ['host', 'x-acs-date'],
    signature: 'abc',
  }
  t.same(parseAcs3Authorization(good), wanted)
  t.same(parseAcs3Authorization(good.replaceAll(',', ', ')), wanted)
  for (const bad of [
    '',
    'ACS3-HMAC-SHA256',
    good.replace('Credential=id', 'Credential='),
    good.replace(',Signature=abc', ''),
  ]) {
    t.equal(parseAcs3Authorization(bad), undefined, bad)
  }
})

t.test('a SignatureMethod that is none of ours has no signature', async (t) => {
  t.equal(rpcSignature('s', 'HMAC-MD5', 'x'), undefined)
  t.equal(rpcSignature('s', 'constructor', 'x'), undefined)
})

t.test('what we sign is the known form', async (t) => {
  const credential = { accessKeyId, secret }
  const input = Object.fromEntries(params)
  const signed = sign({
    action: 'GenerateDataKey',
    input,
    credential,
    host: acs3.host,
    region: 'x',
    now: Date.parse(date),
  })
  t.equal(signed.path, `/?${acs3.canonicalQuery}`)
  t.match(parseAcs3Authorization(signed.headers.authorization ?? ''), { accessKeyId })
})
