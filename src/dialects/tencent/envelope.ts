// Reading requests and writing replies: where Tencent's parameters are, and what its answers look like.
import type { WireError, WireReply, WireRequest } from '../dialect.ts'
import { isInternal } from '../failure.ts'
import { parseForm } from '../form.ts'
import { type CatalogueEntry, decodeJson, decodeText } from '../parameters.ts'
import { wordError } from './errors.ts'
import { type Language, refuse } from './messages.ts'
import { parseTc3Authorization, type Tc3Authorization } from './signature.ts'

export const version = '2019-01-18'

/** Limits of the gateway in bytes. */
const getLimit = 32 * 1024
const v1PostLimit = 1024 * 1024
const tc3PostLimit = 10 * 1024 * 1024

type Pairs = readonly (readonly [string, string])[]

/** How a request is signed, and the common parameters that go with it. */
export type Authentication =
  | { readonly kind: 'tc3'; readonly authorization: Tc3Authorization }
  | { readonly kind: 'v1'; readonly secretId: string; readonly pairs: Pairs }

/** A request understood as far as its action. */
export interface TencentCall {
  readonly request: WireRequest
  readonly entry: CatalogueEntry
  readonly authentication: Authentication
  /** Unix seconds, as text. */
  readonly timestamp: string
  readonly token: string
  readonly region: string | undefined
  /** Name of the region parameter in this kind of request. */
  readonly regionName: 'X-TC-Region' | 'Region'
  /** Decoded, not yet checked against the action's schema. */
  readonly input: unknown
}

/** Common parameters of v1, which are no business of the action. */
const v1Common = new Set([
  'Action',
  'Version',
  'Region',
  'Timestamp',
  'Nonce',
  'SecretId',
  'Signature',
  'SignatureMethod',
  'Token',
  'Language',
  'RequestClient',
])

/** True for requests that speak this dialect, well or badly. */
export function claims(request: WireRequest): boolean {
  const { headers } = request
  if (/^\s*(TC3-|SKIP)/.test(headers.authorization ?? '')) return true
  if (Object.keys(headers).some((name) => name.startsWith('x-tc-'))) return true
  if (/tencentcloudapi/i.test(headers.host ?? '')) return true
  return v1Pairs(request).some(
    ([name, value]) => name === 'SecretId' || (name === 'Version' && value === version),
  )
}

/** Throws WireError: method, size, form, action and version, in that order. */
export function readCall(request: WireRequest, catalogue: ReadonlyMap<string, CatalogueEntry>): TencentCall {
  if (request.method !== 'GET' && request.method !== 'POST') {
    throw refuse('UnsupportedProtocol', 'methodUnsupported')
  }
  const tc3 = request.headers.authorization !== undefined || request.headers['x-tc-action'] !== undefined
  checkSize(request, tc3)
  return tc3 ? readTc3(request, catalogue) : readV1(request, catalogue)
}

/** HTTP 200, as for every answer; SDKs read the body only then. */
export function success(request: WireRequest, output: object): WireReply {
  return reply(request, 'OK', { ...output, RequestId: request.requestId })
}

/** The error in Tencent's words, with the cause for the log when it is an internal one. */
export function failure(request: WireRequest, call: TencentCall | undefined, error: unknown): WireReply {
  const { code, message } = wordError(error, call?.entry.action.errors ?? [], languageOf(request))
  const answered = reply(request, code, {
    Error: { Code: code, Message: message },
    RequestId: request.requestId,
  })
  return isInternal(error) ? { ...answered, cause: error } : answered
}

// Chinese when asked for, by a header in TC3 and a field in v1. Without a language older gateways answer English.
function languageOf(request: WireRequest): Language {
  const field = () => v1Pairs(request).find(([name]) => name === 'Language')?.[1]
  return (request.headers['x-tc-language'] ?? field()) === 'zh-CN' ? 'zh-CN' : 'en-US'
}

// The content type must be exactly this: the Python SDK misses errors under any other.
function reply(request: WireRequest, outcome: string, response: object): WireReply {
  const trace = request.headers['x-tc-traceid']
  const traced = trace === undefined ? {} : { 'x-tc-traceid': trace }
  const headers = { 'content-type': 'application/json', ...traced }
  return { status: 200, headers, body: JSON.stringify({ Response: response }), outcome }
}

function checkSize({ method, rawQuery, body, oversized }: WireRequest, tc3: boolean): void {
  if (!tc3 && (oversized || body.length > v1PostLimit)) {
    throw refuse('AuthFailure.SignatureFailure', 'requestTooLargeForV1')
  }
  if (oversized || body.length > tc3PostLimit || (method === 'GET' && rawQuery.length > getLimit)) {
    throw refuse('RequestSizeLimitExceeded', 'requestTooLarge')
  }
}

function readTc3(request: WireRequest, catalogue: ReadonlyMap<string, CatalogueEntry>): TencentCall {
  const { headers } = request
  const body = request.method === 'POST' ? parseBody(request) : undefined
  const entry = findAction(catalogue, headers['x-tc-action'], headers['x-tc-version'], 'X-TC-')
  const authorization = parseTc3Authorization(headers.authorization ?? '')
  if (authorization === undefined) {
    throw refuse('AuthFailure.InvalidAuthorization', 'authorizationInvalid')
  }
  const { input: schema } = entry.action
  return {
    request,
    entry,
    authentication: { kind: 'tc3', authorization },
    timestamp: checkTimestamp(headers['x-tc-timestamp'], 'X-TC-Timestamp'),
    token: headers['x-tc-token'] ?? '',
    region: headers['x-tc-region'],
    regionName: 'X-TC-Region',
    input: body === undefined ? decodeText(parseForm(request.rawQuery), schema, 0) : decodeJson(body, schema),
  }
}

function parseBody(request: WireRequest): object {
  const contentType = request.headers['content-type'] ?? ''
  if (!/^application\/json\s*(;|$)/i.test(contentType)) {
    const code = /^multipart\//i.test(contentType) ? 'InvalidRequest' : 'InvalidParameter'
    throw refuse(code, 'contentTypeInvalid')
  }
  let body: unknown
  try {
    body = JSON.parse(request.body.toString())
  } catch {
    throw refuse('InvalidParameter', 'bodyNotJson')
  }
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    throw refuse('InvalidParameter', 'bodyNotObject')
  }
  return body
}

function readV1(request: WireRequest, catalogue: ReadonlyMap<string, CatalogueEntry>): TencentCall {
  const pairs = v1Pairs(request)
  const field = (name: string) => pairs.find(([candidate]) => candidate === name)?.[1]
  const entry = findAction(catalogue, field('Action'), field('Version'), '')
  const required = (name: string): string => {
    const value = field(name)
    if (value === undefined || value === '') throw missing(name)
    return value
  }
  const secretId = required('SecretId')
  required('Signature')
  required('Nonce')
  const business = pairs.filter(([name]) => !v1Common.has(name))
  return {
    request,
    entry,
    authentication: { kind: 'v1', secretId, pairs },
    timestamp: checkTimestamp(field('Timestamp'), 'Timestamp'),
    token: field('Token') ?? '',
    region: field('Region'),
    regionName: 'Region',
    input: decodeText(business, entry.action.input, 0),
  }
}

// The query of a GET, the body of a POST.
function v1Pairs({ method, rawQuery, body, headers }: WireRequest): [string, string][] {
  if (method === 'GET') return parseForm(rawQuery)
  if (!/^application\/x-www-form-urlencoded/i.test(headers['content-type'] ?? '')) return []
  return parseForm(body.toString())
}

function findAction(
  catalogue: ReadonlyMap<string, CatalogueEntry>,
  action: string | undefined,
  given: string | undefined,
  prefix: string,
): CatalogueEntry {
  if (action === undefined || action === '') throw missing(`${prefix}Action`)
  if (given === undefined || given === '') throw missing(`${prefix}Version`)
  if (given !== version) throw refuse('NoSuchVersion', 'versionUnknown', { version: given })
  const entry = catalogue.get(action)
  if (entry === undefined) throw refuse('InvalidAction', 'actionUnknown', { action })
  return entry
}

function checkTimestamp(text: string | undefined, name: string): string {
  if (text === undefined || text === '') throw missing(name)
  if (!/^\d{1,12}$/.test(text)) {
    throw refuse('InvalidParameter', 'timestampFormat', { parameter: name })
  }
  return text
}

function missing(name: string): WireError {
  return refuse('MissingParameter', 'parameterMissing', { parameter: name })
}
