// Request signatures: TC3-HMAC-SHA256 and v1 (HmacSHA1, HmacSHA256), as the SDKs really send them.
import { createHmac, createSecretKey, hash, type KeyObject } from 'node:crypto'
import { equalSecrets } from '../../core/equal.ts'
import { type CallToSign, headerOf, type SignedRequest } from '../dialect.ts'

const algorithm = 'TC3-HMAC-SHA256'
const unsignedPayload = 'UNSIGNED-PAYLOAD'

/** A parsed TC3 Authorization header. */
export interface Tc3Authorization {
  readonly secretId: string
  /** UTC date of the scope, `YYYY-MM-DD`. */
  readonly date: string
  readonly service: string
  readonly signedHeaders: readonly string[]
  /** Lower-case hex. */
  readonly signature: string
}

/** The parts of a request that signatures cover. */
export interface SignedParts {
  readonly method: string
  readonly rawQuery: string
  readonly headers: Readonly<Record<string, string | undefined>>
  readonly body: Buffer
}

/**
 * Reads `TC3-HMAC-SHA256 Credential=<id>/<date>/<service>/tc3_request, SignedHeaders=…, Signature=…`, leniently on
 * blanks; undefined when it is not of that form.
 */
export function parseTc3Authorization(header: string): Tc3Authorization | undefined {
  const [, fields] = /^\s*TC3-HMAC-SHA256\s+(.*)$/.exec(header) ?? []
  if (fields === undefined) return undefined
  const pairs = fields.split(',').map((field) => /^\s*(\w+)\s*=\s*(.*?)\s*$/.exec(field))
  const field = (name: string) => pairs.find((pair) => pair?.[1] === name)?.[2]
  const [credential, signed, signature] = [field('Credential'), field('SignedHeaders'), field('Signature')]
  const scope = /^([^/]+)\/(\d{4}-\d{2}-\d{2})\/([^/]+)\/tc3_request$/.exec(credential ?? '')
  if (scope === null || signed === undefined || !/^[0-9a-f]{64}$/.test(signature ?? '')) return undefined
  const signedHeaders = signed.split(';').map((name) => name.trim().toLowerCase())
  if (!signedHeaders.includes('host') || !signedHeaders.includes('content-type')) return undefined
  const [, secretId = '', date = '', service = ''] = scope
  return { secretId, date, service, signedHeaders, signature: signature ?? '' }
}

/** Lower-case hex of SHA-256. */
export function sha256(data: Buffer | string): string {
  return hash('sha256', data, 'hex')
}

/** `headers` are name and value pairs in signed order; the path is `/` whatever the client's endpoint was. */
export function tc3CanonicalRequest(
  method: string,
  query: string,
  headers: readonly (readonly [string, string])[],
  payloadHash: string,
): string {
  const lines = headers.map(([name, value]) => `${name}:${value}\n`).join('')
  return [method, '/', query, lines, headers.map(([name]) => name).join(';'), payloadHash].join('\n')
}

/** Text that is signed; `timestamp` in unix seconds. */
export function tc3StringToSign(
  timestamp: string,
  date: string,
  service: string,
  canonicalRequest: string,
): string {
  return [algorithm, timestamp, `${date}/${service}/tc3_request`, sha256(canonicalRequest)].join('\n')
}

/** The keys derived one from the other for a date and a service (32 bytes each). */
export function tc3Keys(secretKey: string, date: string, service: string) {
  const date32 = hmac('sha256', `TC3${secretKey}`, date)
  const service32 = hmac('sha256', date32, service)
  return { date: date32, service: service32, signing: hmac('sha256', service32, 'tc3_request') }
}

/** Lower-case hex of the signature under the key derived for date and service. */
export function tc3Signature(secretKey: string, date: string, service: string, stringToSign: string): string {
  return signWith(tc3SigningKey(secretKey, date, service), stringToSign)
}

/** The key that signs for a date and a service. */
export type Tc3SigningKeys = (secretKey: string, date: string, service: string) => KeyObject

const tc3SigningKey: Tc3SigningKeys = (secretKey, date, service) =>
  createSecretKey(tc3Keys(secretKey, date, service).signing)

/** Secrets whose keys are kept at one time. */
const keptKeys = 10_000

/**
 * Signing keys that are derived once: each secret's latest is kept, which is good for a day. Deriving it costs more than
 * all the rest of a verification.
 */
export function createTc3SigningKeys(): Tc3SigningKeys {
  const kept = new Map<string, { readonly scope: string; readonly key: KeyObject }>()
  return (secretKey, date, service) => {
    const scope = `${date}/${service}`
    const known = kept.get(secretKey)
    if (known?.scope === scope) return known.key
    const key = tc3SigningKey(secretKey, date, service)
    if (kept.size >= keptKeys) kept.clear()
    kept.set(secretKey, { scope, key })
    return key
  }
}

/**
 * True when the signature is right for any form in which an SDK may have signed this request: Node's SDKs sign the
 * host without its port and take the service from the endpoint's first label, the documentation lower-cases header
 * values, SDKs do not. `timestamp` is the text of X-TC-Timestamp.
 */
export function verifyTc3(
  parts: SignedParts,
  authorization: Tc3Authorization,
  timestamp: string,
  secretKey: string,
  signingKeys: Tc3SigningKeys = tc3SigningKey,
): boolean {
  const { date, service, signature } = authorization
  const host = parts.headers.host ?? ''
  const scoped = new Date(Number(timestamp) * 1000).toISOString().slice(0, 10) === date
  if (!scoped || !(service === 'kms' || service === host.split('.')[0])) return false
  const unsigned = parts.headers['x-tc-content-sha256'] === unsignedPayload
  const payloadHash = sha256(unsigned ? unsignedPayload : parts.method === 'GET' ? '' : parts.body)
  const query = parts.method === 'GET' ? parts.rawQuery : ''
  const key = signingKeys(secretKey, date, service)
  for (const headers of headerVariants(parts, authorization.signedHeaders)) {
    const canonical = tc3CanonicalRequest(parts.method, query, headers, payloadHash)
    const text = tc3StringToSign(timestamp, date, service, canonical)
    if (equalSecrets(signature, signWith(key, text))) return true
  }
  return false
}

/** The raw text that v1 signs: every parameter but Signature, by name in byte order, values as they are. */
export function v1StringToSign(
  method: string,
  host: string,
  pairs: readonly (readonly [string, string])[],
): string {
  const sorted = pairs
    .filter(([name]) => name !== 'Signature')
    .sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
  return `${method}${host}/?${sorted.map(([name, value]) => `${name}=${value}`).join('&')}`
}

/** Base64 of the HMAC; SHA-256 only when asked for by the name HmacSHA256, SHA-1 otherwise. */
export function v1Signature(secretKey: string, signatureMethod: string | undefined, text: string): string {
  const hash = signatureMethod === 'HmacSHA256' ? 'sha256' : 'sha1'
  return hmac(hash, secretKey, text).toString('base64')
}

/** True when the v1 signature is right for the host as received, without its port, or in lower case. */
export function verifyV1(
  method: string,
  host: string,
  pairs: readonly (readonly [string, string])[],
  secretKey: string,
): boolean {
  const field = (name: string) => pairs.find(([candidate]) => candidate === name)?.[1]
  const given = field('Signature') ?? ''
  const signatureMethod = field('SignatureMethod')
  return hostVariants(host).some((variant) =>
    equalSecrets(given, v1Signature(secretKey, signatureMethod, v1StringToSign(method, variant, pairs))),
  )
}

/** Signs a call as the SDKs do: TC3, POST, JSON. */
export function sign({ action, input, credential, host, region, now }: CallToSign): SignedRequest {
  const body = JSON.stringify(input)
  const timestamp = String(Math.floor(now / 1000))
  const date = new Date(now).toISOString().slice(0, 10)
  const headers = [
    ['content-type', 'application/json'],
    ['host', host],
  ] as const
  const canonical = tc3CanonicalRequest('POST', '', headers, sha256(body))
  const signature = tc3Signature(
    credential.secret,
    date,
    'kms',
    tc3StringToSign(timestamp, date, 'kms', canonical),
  )
  const scope = `${credential.accessKeyId}/${date}/kms/tc3_request`
  return {
    method: 'POST',
    path: '/',
    body,
    headers: {
      ...Object.fromEntries(headers),
      authorization: `${algorithm} Credential=${scope}, SignedHeaders=content-type;host, Signature=${signature}`,
      'x-tc-action': action,
      'x-tc-version': '2019-01-18',
      'x-tc-region': region,
      'x-tc-timestamp': timestamp,
      'x-tc-language': 'en-US',
    },
  }
}

// One after the other, because the first is nearly always the one.
function* headerVariants(
  parts: SignedParts,
  names: readonly string[],
): Generator<(readonly [string, string])[]> {
  for (const host of hostVariants(parts.headers.host ?? '')) {
    const values = names.map((name) => [name, name === 'host' ? host : headerOf(parts, name).trim()] as const)
    yield values
    const lowered = values.map(([name, value]) => [name, value.toLowerCase()] as const)
    if (lowered.some(([, value], index) => value !== values[index]?.[1])) yield lowered
  }
}

function hostVariants(host: string): string[] {
  const variants = [host, host.replace(/:\d+$/, '')]
  return [...new Set([...variants, ...variants.map((variant) => variant.toLowerCase())])]
}

function signWith(key: KeyObject, text: string): string {
  return createHmac('sha256', key).update(text).digest('hex')
}

function hmac(hash: 'sha1' | 'sha256', key: string | Buffer, data: string): Buffer {
  return createHmac(hash, key).update(data).digest()
}
