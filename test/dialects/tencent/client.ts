// A Tencent client without a network: signs, serves in process, and holds every reply to its action's schema.
import { Ajv } from 'ajv'
import type { Brake } from '../../../src/core/ports.ts'
import type { Services } from '../../../src/core/services.ts'
import { serve, type WireReply, type WireRequest } from '../../../src/dialects/dialect.ts'
import { createTencent } from '../../../src/dialects/tencent/index.ts'
import {
  sha256,
  tc3CanonicalRequest,
  tc3Signature,
  tc3StringToSign,
  v1Signature,
  v1StringToSign,
} from '../../../src/dialects/tencent/signature.ts'
import { createTestTrail, type TestTrail, uses } from '../../support/audit.ts'
import { createTestServices, type TestServices, tencentKey } from '../../support/services.ts'
import { plainRequest, requestId } from '../../support/wire.ts'

export const region = 'ap-guangzhou'
export const host = 'kms.tencentcloudapi.com'
export const version = '2019-01-18'

/** `Response` of a reply. */
// biome-ignore lint/suspicious/noExplicitAny: tests read members of replies freely
export type Body = any

/** What a TC3 request may have otherwise than usual; `headers` of undefined are left out, all after signing. */
export interface Tc3Options {
  readonly method?: 'GET' | 'POST'
  /** The raw query of a GET, the body of a POST. */
  readonly text?: string
  readonly host?: string
  /** Host as the client signs it; the wire's when absent. */
  readonly signedHost?: string
  readonly service?: string
  /** UTC date of the scope; the timestamp's when absent. */
  readonly date?: string
  readonly secretId?: string
  readonly secret?: string
  readonly contentType?: string
  readonly unsignedPayload?: boolean
  /** Seconds the client's clock is ahead. */
  readonly ahead?: number
  readonly headers?: Readonly<Record<string, string | undefined>>
}

export interface Client extends TestServices {
  /** What was recorded of the calls. */
  readonly audit: TestTrail
  readonly dialect: ReturnType<typeof createTencent>
  /** Serves a request as it is. */
  serve(request: Partial<WireRequest>): Promise<WireReply>
  /** The same, giving `Response`. */
  send(request: Partial<WireRequest>): Promise<Body>
  /** A signed TC3 request. */
  tc3(action: string, options?: Tc3Options): Partial<WireRequest>
  /** The signed query or form of a v1 request; undefined fields are left out. */
  v1(fields: Readonly<Record<string, unknown>>, method?: string, signedHost?: string): string
  /** A TC3 POST of an action; the reply must fit the schema and the errors the action declares. */
  call(action: string, input?: object, options?: Tc3Options): Promise<Body>
  /** The code of the error an action answers with; undefined when it succeeds. */
  refusal(action: string, input?: object): Promise<string | undefined>
  /** Makes a CMK and returns its id. */
  makeKey(input?: object): Promise<string>
}

/** Codes that any action may give; the others must be in the action's own list. */
const common =
  /^(AuthFailure\..*|MissingParameter|UnknownParameter|InvalidParameter|InternalError|RequestLimitExceeded)$/

const ajv = new Ajv({ strict: false })
let count = 0

export async function createClient(
  { brake, ...overrides }: Partial<Services> & { readonly brake?: Brake } = {},
  edition: 'auto' | 'cn' | 'intl' = 'auto',
  profile: 'simulation' | 'on-prem' = 'on-prem',
  rates: Readonly<Record<string, number>> = {},
): Promise<Client> {
  const test = await createTestServices(overrides)
  const audit = createTestTrail()
  const dialect = createTencent({ ...test, settings: { region, edition, profile, rates } })

  const serveRequest = (request: Partial<WireRequest>) =>
    serve(
      dialect,
      {
        ...plainRequest,
        method: 'POST',
        ...request,
      },
      { audit, uses, brake },
    )

  async function send(request: Partial<WireRequest>): Promise<Body> {
    const { status, headers, body } = await serveRequest(request)
    if (status !== 200) throw new Error(`status ${status}`)
    if (headers['content-type'] !== 'application/json') throw new Error(`type ${headers['content-type']}`)
    const { Response, ...more } = JSON.parse(body)
    if (Object.keys(more).length > 0 || Response.RequestId !== requestId) throw new Error(body)
    return Response
  }

  function tc3(action: string, options: Tc3Options = {}): Partial<WireRequest> {
    const { method = 'POST', text = method === 'GET' ? '' : '{}', service = 'kms' } = options
    const { secretId = tencentKey.accessKeyId, secret = tencentKey.secret } = options
    const form = 'application/x-www-form-urlencoded'
    const { contentType = method === 'GET' ? form : 'application/json' } = options
    const wireHost = options.host ?? host
    const now = Math.floor(test.clock() / 1000) + (options.ahead ?? 0)
    const date = options.date ?? new Date(now * 1000).toISOString().slice(0, 10)
    const payload = options.unsignedPayload === true ? 'UNSIGNED-PAYLOAD' : method === 'GET' ? '' : text
    const signed: [string, string][] = [
      ['content-type', contentType],
      ['host', options.signedHost ?? wireHost],
    ]
    const canonical = tc3CanonicalRequest(method, method === 'GET' ? text : '', signed, sha256(payload))
    const signature = tc3Signature(
      secret,
      date,
      service,
      tc3StringToSign(String(now), date, service, canonical),
    )
    const headers: Record<string, string | undefined> = {
      host: wireHost,
      'content-type': contentType,
      authorization: `TC3-HMAC-SHA256 Credential=${secretId}/${date}/${service}/tc3_request, SignedHeaders=content-type;host, Signature=${signature}`,
      'x-tc-action': action,
      'x-tc-version': version,
      'x-tc-region': region,
      'x-tc-timestamp': String(now),
      ...(options.unsignedPayload === true ? { 'x-tc-content-sha256': 'UNSIGNED-PAYLOAD' } : {}),
      ...options.headers,
    }
    for (const [name, value] of Object.entries(headers)) if (value === undefined) delete headers[name]
    return method === 'GET'
      ? { method, rawQuery: text, headers }
      : { method, body: Buffer.from(text), headers }
  }

  function v1(fields: Readonly<Record<string, unknown>>, method = 'GET', signedHost = host): string {
    const all: Record<string, unknown> = {
      Version: version,
      Region: region,
      Timestamp: Math.floor(test.clock() / 1000),
      Nonce: ++count,
      SecretId: tencentKey.accessKeyId,
      SignatureMethod: 'HmacSHA256',
      ...fields,
    }
    const pairs = Object.entries(all)
      .filter(([, value]) => value !== undefined)
      .map(([name, value]): [string, string] => [name, String(value)])
    const signatureMethod = all.SignatureMethod === undefined ? undefined : String(all.SignatureMethod)
    const signature = v1Signature(
      tencentKey.secret,
      signatureMethod,
      v1StringToSign(method, signedHost, pairs),
    )
    return String(new URLSearchParams([...pairs, ['Signature', signature]]))
  }

  async function call(action: string, input: object = {}, options: Tc3Options = {}): Promise<Body> {
    const response = await send(tc3(action, { text: JSON.stringify(input), ...options }))
    const known = dialect.actions.find(({ name }) => name === action)
    if (known === undefined) return response
    const code = response.Error?.Code
    if (code !== undefined) {
      if (!common.test(code) && !known.errors.includes(code))
        throw new Error(`${action} does not declare ${code}`)
      return response
    }
    const { RequestId: _id, ...output } = response
    if (!ajv.validate({ ...known.output, additionalProperties: false }, output)) {
      throw new Error(`${action}: ${ajv.errorsText()}`)
    }
    return response
  }

  const refusal = async (action: string, input: object = {}) => (await call(action, input)).Error?.Code

  async function makeKey(input: object = {}): Promise<string> {
    const { KeyId } = await call('CreateKey', { Alias: `key-${++count}`, ...input })
    return KeyId
  }

  return { ...test, audit, dialect, serve: serveRequest, send, tc3, v1, call, refusal, makeKey }
}
