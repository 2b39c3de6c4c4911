// Reading requests and writing replies: where Alibaba's parameters are, and its answers in JSON and XML.
import { XMLBuilder } from 'fast-xml-parser'
import { isKmsError, KmsError } from '../../core/errors.ts'
import { WireError, type WireReply, type WireRequest } from '../dialect.ts'
import { isInternal } from '../failure.ts'
import { parseForm } from '../form.ts'
import { type CatalogueEntry, decodeText } from '../parameters.ts'
import { wordError } from './errors.ts'
import { type Acs3Authorization, parseAcs3Authorization } from './signature.ts'

export const version = '2016-01-20'

const formContent = /^application\/x-www-form-urlencoded/i
const jsonContent = /^application\/(\w+\+)?json/i
/** Largest body, in bytes; undocumented, so the other cloud's 10 MB. */
const bodyLimit = 10 * 1024 * 1024
/** How long a client should wait when the queue to the token is full, in milliseconds. */
const queueWait = 1000

type Pairs = readonly (readonly [string, string])[]
type Format = 'JSON' | 'XML'

/** How a request is signed: in its parameters, or in its Authorization header. */
export type Authentication =
  | { readonly kind: 'rpc'; readonly pairs: Pairs }
  | { readonly kind: 'acs3'; readonly authorization: Acs3Authorization; readonly queryPairs: Pairs }

/** A request understood as far as its action. */
export interface AlibabaCall {
  readonly request: WireRequest
  readonly entry: CatalogueEntry
  readonly authentication: Authentication
  readonly format: Format
  /** Decoded, not yet checked against the action's schema. */
  readonly input: unknown
}

/** True for requests that speak this dialect, well or badly. */
export function claims(request: WireRequest): boolean {
  const { headers } = request
  if (/^\s*ACS\d-/.test(headers.authorization ?? '')) return true
  if (headers['x-acs-action'] !== undefined && headers['x-tc-action'] === undefined) return true
  if (/aliyuncs/i.test(headers.host ?? '')) return true
  return rpcPairs(request).some(
    ([name, value]) =>
      name === 'AccessKeyId' || name === 'SignatureVersion' || (name === 'Version' && value === version),
  )
}

/** Throws WireError: method, size, form, action and version, in that order. */
export function readCall(request: WireRequest, catalogue: ReadonlyMap<string, CatalogueEntry>): AlibabaCall {
  if (request.method !== 'GET' && request.method !== 'POST') {
    throw new WireError('UnsupportedHTTPMethod', 'This http method is not supported.', 403)
  }
  if (request.oversized || request.body.length > bodyLimit)
    throw new WireError('RequestEntityTooLarge', 'The request body is too large.', 413)
  const authorization = request.headers.authorization
  // RPC clients send x-acs-* headers too; beside parameters of their own these carry no authority.
  const unsigned = authorization === undefined && rpcPairs(request).every(([name]) => name !== 'Signature')
  const acs3 = authorization !== undefined || (unsigned && request.headers['x-acs-action'] !== undefined)
  return acs3 ? readAcs3(request, catalogue, authorization ?? '') : readRpc(request, catalogue)
}

/** HTTP 200 with the request id in body and header. */
export function success({ request, entry, format }: AlibabaCall, output: object): WireReply {
  const body = { ...output, RequestId: request.requestId }
  return reply(
    request,
    200,
    'OK',
    format,
    format === 'XML' ? { [`${entry.action.name}Response`]: body } : body,
  )
}

/** The error in Alibaba's words, with the cause for the log when it is an internal one. */
export function failure(request: WireRequest, call: AlibabaCall | undefined, error: unknown): WireReply {
  const { code, status, message } = wordError(error, call?.entry.action.name ?? '')
  const body = {
    RequestId: request.requestId,
    HostId: request.headers.host ?? '',
    Code: code,
    Message: message,
    Recommend: `https://api.aliyun.com/troubleshoot?q=${encodeURIComponent(code)}&product=Kms&requestId=${request.requestId}`,
    HttpStatus: status,
    ...accessDeniedDetail(error),
  }
  const format = call?.format ?? formatOf(request)
  const answered = reply(request, status, code, format, format === 'XML' ? { Error: body } : body)
  const wait = retryAfter(error)
  if (wait !== undefined) {
    return { ...answered, headers: { ...answered.headers, 'x-acs-retry-after': String(wait) } }
  }
  return isInternal(error) ? { ...answered, cause: error } : answered
}

// Why an action was refused, in RAM's words; every member a text, which is what clients cast them to.
function accessDeniedDetail(error: unknown): object {
  if (!isKmsError(error, 'access-denied')) return {}
  const { action, explicit, by, accountId, userId } = (error as KmsError<'access-denied'>).facts
  return {
    AccessDeniedDetail: {
      AuthAction: action,
      AuthPrincipalType: userId === undefined ? 'Account' : 'SubUser',
      AuthPrincipalOwnerId: accountId,
      AuthPrincipalDisplayName: userId ?? accountId,
      NoPermissionType: explicit ? 'ExplicitDeny' : 'ImplicitDeny',
      PolicyType: by === 'key-policy' ? 'ResourceBasedPolicy' : 'AccountLevelIdentityBasedPolicy',
      EncodedDiagnosticMessage: '',
    },
  }
}

// Milliseconds a throttled client should wait; undefined for other errors.
function retryAfter(error: unknown): number | undefined {
  if (!(error instanceof KmsError)) return undefined
  if (error.code === 'throttled') return (error as KmsError<'throttled'>).facts.retryAfter ?? queueWait
  return error.code === 'rate-exceeded' ? (error as KmsError<'rate-exceeded'>).facts.retryAfter : undefined
}

function reply(
  request: WireRequest,
  status: number,
  outcome: string,
  format: Format,
  body: object,
): WireReply {
  const type = format === 'XML' ? 'text/xml' : 'application/json'
  const headers = { 'content-type': `${type};charset=utf-8`, 'x-acs-request-id': request.requestId }
  return { status, headers, body: format === 'XML' ? toXml(body) : JSON.stringify(body), outcome }
}

function readAcs3(
  request: WireRequest,
  catalogue: ReadonlyMap<string, CatalogueEntry>,
  header: string,
): AlibabaCall {
  const queryPairs = parseForm(request.rawQuery)
  const bodyPairs = readBody(request)
  const { headers } = request
  const entry = findAction(catalogue, headers['x-acs-action'], headers['x-acs-version'])
  const authorization = parseAcs3Authorization(header)
  if (authorization === undefined) throw incompleteSignature()
  const input = decodeInput([...queryPairs, ...bodyPairs], entry)
  return {
    request,
    entry,
    authentication: { kind: 'acs3', authorization, queryPairs },
    format: 'JSON',
    input,
  }
}

function readRpc(request: WireRequest, catalogue: ReadonlyMap<string, CatalogueEntry>): AlibabaCall {
  const pairs = [...parseForm(request.rawQuery), ...readBody(request)]
  const field = (name: string) => pairs.find(([candidate]) => candidate === name)?.[1]
  const entry = findAction(catalogue, field('Action'), field('Version'))
  const input = decodeInput(pairs, entry)
  return { request, entry, authentication: { kind: 'rpc', pairs }, format: formatOf(request), input }
}

/** "The request signature does not conform…", for anything that is no signature at all. */
export function incompleteSignature(): WireError {
  const message = 'The request signature does not conform to Alibaba Cloud standards.'
  return new WireError('IncompleteSignature', message)
}

/** "{Name} is mandatory for this action." */
export function missing(name: string): WireError {
  return new WireError(`Missing${name}`, `${name} is mandatory for this action.`)
}

function findAction(
  catalogue: ReadonlyMap<string, CatalogueEntry>,
  action: string | undefined,
  given: string | undefined,
): CatalogueEntry {
  if (action === undefined || action === '') throw missing('Action')
  if (given === undefined || given === '') throw missing('Version')
  if (given !== version) throw new WireError('InvalidVersion', 'Specified parameter Version is not valid.')
  const entry = catalogue.get(action)
  if (entry === undefined) {
    const message = 'Specified api is not found, please check your url and method.'
    throw new WireError('InvalidAction.NotFound', message, 404)
  }
  return entry
}

// An empty value counts as not given: SDKs send `EncryptionContext=`. Fields that say so may be emptied.
function decodeInput(pairs: Pairs, { action }: CatalogueEntry): object {
  const { properties } = action.input
  const mayBeEmpty = (name: string) =>
    Object.hasOwn(properties, name) && (properties[name] as { minLength?: number }).minLength === 0
  return decodeText(
    pairs.filter(([name, value]) => value !== '' || mayBeEmpty(name)),
    action.input,
    1,
  )
}

// Query and form; without looking further, for what must be known of a request that may be broken.
function rpcPairs({ rawQuery, body, headers }: WireRequest): Pairs {
  const form = formContent.test(headers['content-type'] ?? '') ? parseForm(body.toString()) : []
  return [...parseForm(rawQuery), ...form]
}

// The gateway's own default is XML, the KMS pages' is JSON; JSON is what every client can read.
function formatOf(request: WireRequest): Format {
  if (request.headers.authorization !== undefined) return 'JSON'
  return rpcPairs(request).some(([name, value]) => name === 'Format' && /^xml$/i.test(value)) ? 'XML' : 'JSON'
}

function readBody({ body, headers }: WireRequest): Pairs {
  const type = headers['content-type'] ?? ''
  if (body.length === 0) return []
  if (formContent.test(type)) return parseForm(body.toString())
  const unreadable = new WireError('ParseRequestParameterException', 'The request body cannot be parsed.')
  if (!jsonContent.test(type)) throw unreadable
  try {
    const value: unknown = JSON.parse(body.toString())
    if (typeof value !== 'object' || value === null || Array.isArray(value)) throw unreadable
    return Object.entries(value).flatMap(([name, member]): [string, string][] => {
      if (member === null) return []
      return [[name, typeof member === 'string' ? member : JSON.stringify(member)]]
    })
  } catch {
    // Not JSON, or nested deeper than the stack goes.
    throw unreadable
  }
}

const builder = new XMLBuilder({ format: false, suppressEmptyNode: false })

// Parsers read a bare carriage return as a line feed; the builder writes none of its own.
function toXml(body: object): string {
  return `<?xml version="1.0" encoding="UTF-8"?>${builder.build(xmlSafe(body)).replaceAll('\r', '&#13;')}`
}

// Characters that XML 1.0 has no way to write become U+FFFD.
function xmlSafe(value: unknown): unknown {
  if (typeof value === 'string') {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
    return value.toWellFormed().replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, '\ufffd')
  }
  if (Array.isArray(value)) return value.map(xmlSafe)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, xmlSafe(member)]))
}
