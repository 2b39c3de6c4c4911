// Request signatures: RPC (HMAC-SHA1, HMAC-SHA256) and ACS3 (SHA256, SM3).
import { createHash, createHmac, randomBytes } from 'node:crypto'
import type { CallToSign, SignedRequest } from '../dialect.ts'

type Pairs = readonly (readonly [string, string])[]

/** Hash of each ACS3 algorithm word. */
const acs3Hashes: Readonly<Record<string, 'sha256' | 'sm3'>> = {
  'ACS3-HMAC-SHA256': 'sha256',
  'ACS3-HMAC-SM3': 'sm3',
}

/** Hash of each RPC SignatureMethod. */
const rpcHashes: Readonly<Record<string, 'sha1' | 'sha256'>> = {
  'HMAC-SHA1': 'sha1',
  'HMAC-SHA256': 'sha256',
}

/** A parsed ACS3 Authorization header. */
export interface Acs3Authorization {
  readonly algorithm: string
  readonly accessKeyId: string
  readonly signedHeaders: readonly string[]
  /** Lower-case hex. */
  readonly signature: string
}

/** Strict RFC 3986 encoding of UTF-8: everything but `A-Z a-z 0-9 - _ . ~` becomes `%XY`. */
export function percentEncode(text: string): string {
  // Texts from the wire may hold lone surrogates, which have no UTF-8 of their own.
  return encodeURIComponent(text.toWellFormed()).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  )
}

/** Every parameter but Signature, by name in byte order, encoded; empty values are kept. */
export function rpcCanonicalQuery(pairs: Pairs): string {
  return sortPairs(pairs.filter(([name]) => name !== 'Signature'))
    .map(([name, value]) => `${percentEncode(name)}=${percentEncode(value)}`)
    .join('&')
}

export function rpcStringToSign(method: string, pairs: Pairs): string {
  return `${method}&%2F&${percentEncode(rpcCanonicalQuery(pairs))}`
}

/** Base64; undefined for a SignatureMethod that is none of ours. */
export function rpcSignature(
  secret: string,
  signatureMethod: string,
  stringToSign: string,
): string | undefined {
  const hash = Object.hasOwn(rpcHashes, signatureMethod) ? rpcHashes[signatureMethod] : undefined
  return hash === undefined ? undefined : createHmac(hash, `${secret}&`).update(stringToSign).digest('base64')
}

/** Reads `<ALG> Credential=…,SignedHeaders=…,Signature=…`; undefined when it is not of that form. */
export function parseAcs3Authorization(header: string): Acs3Authorization | undefined {
  const [, algorithm = '', fields = ''] = /^\s*(ACS\d-\S+)\s+(.*)$/.exec(header) ?? []
  const pairs = fields.split(',').map((field) => /^\s*(\w+)\s*=\s*(.*?)\s*$/.exec(field))
  const field = (name: string) => pairs.find((pair) => pair?.[1] === name)?.[2]
  const [accessKeyId, signed, signature] = [field('Credential'), field('SignedHeaders'), field('Signature')]
  if (accessKeyId === undefined || accessKeyId === '' || signed === undefined || signature === undefined)
    return undefined
  return {
    algorithm,
    accessKeyId,
    signedHeaders: signed.split(';').map((name) => name.trim().toLowerCase()),
    signature,
  }
}

/** True for the ACS3 algorithm words this service checks. */
export function isAcs3Algorithm(algorithm: string): boolean {
  return Object.hasOwn(acs3Hashes, algorithm)
}

/** `headers` are name and value pairs; `queryPairs` are decoded, in any order. */
export function acs3CanonicalRequest(
  method: string,
  path: string,
  queryPairs: Pairs,
  headers: Pairs,
  payloadHash: string,
): string {
  const query = sortPairs(queryPairs)
    .map(([name, value]) => `${percentEncode(name)}=${percentEncode(value)}`)
    .join('&')
  const sorted = sortPairs(headers)
  const lines = sorted.map(([name, value]) => `${name}:${value.trim()}\n`).join('')
  return [method, path, query, lines, sorted.map(([name]) => name).join(';'), payloadHash].join('\n')
}

/** Lower-case hex of the body under the algorithm's hash. */
export function acs3PayloadHash(algorithm: string, body: Buffer | string): string {
  return createHash(acs3Hashes[algorithm] ?? 'sha256')
    .update(body)
    .digest('hex')
}

export function acs3StringToSign(algorithm: string, canonicalRequest: string): string {
  return `${algorithm}\n${acs3PayloadHash(algorithm, canonicalRequest)}`
}

/** Lower-case hex; the key is the secret itself. */
export function acs3Signature(secret: string, algorithm: string, stringToSign: string): string {
  return createHmac(acs3Hashes[algorithm] ?? 'sha256', secret)
    .update(stringToSign)
    .digest('hex')
}

/** Signs a call as the current SDKs do: ACS3-HMAC-SHA256, POST, parameters in the query, no body. */
export function sign({ action, input, credential, host, now }: CallToSign): SignedRequest {
  const algorithm = 'ACS3-HMAC-SHA256'
  const texts = Object.entries(input).map(([name, value]) => [name, toText(value)] as const)
  const query = sortPairs(texts)
    .map(([name, value]) => `${percentEncode(name)}=${percentEncode(value)}`)
    .join('&')
  const payloadHash = acs3PayloadHash(algorithm, '')
  const headers = sortPairs([
    ['host', host],
    ['x-acs-action', action],
    ['x-acs-content-sha256', payloadHash],
    ['x-acs-date', `${new Date(now).toISOString().slice(0, 19)}Z`],
    ['x-acs-signature-nonce', randomBytes(16).toString('hex')],
    ['x-acs-version', '2016-01-20'],
  ])
  const canonical = acs3CanonicalRequest('POST', '/', texts, headers, payloadHash)
  const signature = acs3Signature(credential.secret, algorithm, acs3StringToSign(algorithm, canonical))
  const names = headers.map(([name]) => name).join(';')
  const authorization = `${algorithm} Credential=${credential.accessKeyId},SignedHeaders=${names},Signature=${signature}`
  return {
    method: 'POST',
    path: query === '' ? '/' : `/?${query}`,
    headers: { ...Object.fromEntries(headers), accept: 'application/json', authorization },
    body: '',
  }
}

function toText(value: unknown): string {
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}

function sortPairs(pairs: Pairs): (readonly [string, string])[] {
  return [...pairs].sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
}
