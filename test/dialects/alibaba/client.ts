// An Alibaba client without a network: signs, serves in process, and holds every reply to its action's schema.
import { Ajv } from 'ajv'
import type { Brake } from '../../../src/core/ports.ts'
import type { Services } from '../../../src/core/services.ts'
import { createAlibaba } from '../../../src/dialects/alibaba/index.ts'
import { rpcSignature, rpcStringToSign } from '../../../src/dialects/alibaba/signature.ts'
import { serve, type WireReply, type WireRequest } from '../../../src/dialects/dialect.ts'
import { createTestTrail, type TestTrail, uses } from '../../support/audit.ts'
import { alibabaKey, createTestServices, type TestServices } from '../../support/services.ts'
import type { Signer } from '../../support/users.ts'
import { plainRequest } from '../../support/wire.ts'

export const region = 'cn-hangzhou'

/** What a test looks at. `body` is parsed JSON, or the text itself when it is XML. */
export interface Reply {
  readonly status: number
  readonly headers: WireReply['headers']
  // biome-ignore lint/suspicious/noExplicitAny: tests read members of replies freely
  readonly body: any
  readonly cause?: unknown
}

export interface Client extends TestServices {
  /** What was recorded of the calls. */
  readonly audit: TestTrail
  /** Serves a request as it is. */
  send(request: Partial<WireRequest>): Promise<Reply>
  /** A signed RPC GET of an action, by the account itself unless another signs; undefined members are left out. */
  call(action: string, input?: Readonly<Record<string, unknown>>, signer?: Signer): Promise<Reply>
  /** The signed query of an RPC request. */
  query(fields: Readonly<Record<string, unknown>>, method?: string, secret?: string): string
  /** Makes a CMK and returns its id. */
  makeKey(input?: Readonly<Record<string, unknown>>): Promise<string>
  readonly dialect: ReturnType<typeof createAlibaba>
}

/** Codes that any action may give; the others must be in the action's own list. */
const common =
  /^(Missing|Invalid(AccessKeyId|TimeStamp|SecurityToken)|Signature|IncompleteSignature|InternalFailure|ServiceUnavailableTemporary|ValidationError|DryRunOperationError|Rejected\.Throttling|Forbidden\.NoPermission|AccessDeniedError)/

const ajv = new Ajv({ strict: false })
let nonce = 0

export async function createClient(
  { brake, ...overrides }: Partial<Services> & { readonly brake?: Brake } = {},
  profile: 'simulation' | 'on-prem' = 'on-prem',
  rates: Readonly<Record<string, number>> = {},
): Promise<Client> {
  const test = await createTestServices(overrides)
  const audit = createTestTrail()
  const dialect = createAlibaba({ ...test, settings: { region, edition: 'auto', profile, rates } })

  async function send(request: Partial<WireRequest>): Promise<Reply> {
    const reply = await serve(
      dialect,
      {
        ...plainRequest,
        ...request,
      },
      { audit, uses, brake },
    )
    const json = reply.headers['content-type'] === 'application/json;charset=utf-8'
    return { ...reply, body: json ? JSON.parse(reply.body) : reply.body }
  }

  function query(
    fields: Readonly<Record<string, unknown>>,
    method = 'GET',
    secret: string = alibabaKey.secret,
  ) {
    const all: Record<string, unknown> = {
      AccessKeyId: alibabaKey.accessKeyId,
      Format: 'JSON',
      Version: '2016-01-20',
      SignatureMethod: 'HMAC-SHA1',
      SignatureVersion: '1.0',
      SignatureNonce: String(++nonce),
      Timestamp: new Date(test.clock()).toISOString(),
      ...fields,
    }
    const pairs = Object.entries(all)
      .filter(([, value]) => value !== undefined)
      .map(([name, value]): [string, string] => [name, String(value)])
    const signature = rpcSignature(secret, String(all.SignatureMethod), rpcStringToSign(method, pairs)) ?? 'x'
    return String(new URLSearchParams([...pairs, ['Signature', signature]]))
  }

  async function call(
    action: string,
    input: Readonly<Record<string, unknown>> = {},
    signer?: Signer,
  ): Promise<Reply> {
    const whose = signer && { AccessKeyId: signer.secretId, SecurityToken: signer.token }
    const fields = { Action: action, ...input, ...whose }
    const reply = await send({ rawQuery: query(fields, 'GET', signer?.secret) })
    const known = dialect.actions.find(({ name }) => name === action)
    if (known === undefined || typeof reply.body === 'string') return reply
    if (reply.status !== 200) {
      const { Code: code } = reply.body
      if (!common.test(code) && !known.errors.includes(code))
        throw new Error(`${action} does not declare ${code}`)
      return reply
    }
    const { RequestId: _id, ...output } = reply.body
    const closed = { ...known.output, additionalProperties: false }
    if (!ajv.validate(closed, output)) throw new Error(`${action}: ${ajv.errorsText()}`)
    return reply
  }

  async function makeKey(input: Readonly<Record<string, unknown>> = {}): Promise<string> {
    return (await call('CreateKey', input)).body.KeyMetadata.KeyId
  }

  return { ...test, audit, dialect, send, call, query, makeKey }
}
