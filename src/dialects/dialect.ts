// What a dialect is, how its actions are defined, and the one function that serves a request.
import type { Static, TObject } from 'typebox'
import type { AuditTrail } from '../core/audit.ts'
import type { AuditNotes, Caller, Identity } from '../core/caller.ts'
import type { Credential, CredentialReader } from '../core/credentials.ts'
import { kmsError } from '../core/errors.ts'
import type { Kms } from '../core/kms.ts'
import type { LastUses } from '../core/last-uses.ts'
import type { Brake, Clock, RateLimiter } from '../core/ports.ts'
import type { ReplayGuard } from '../core/replay-guard.ts'

/** A request as it came over the wire; nothing of the HTTP library in it. */
export interface WireRequest {
  readonly method: string
  /** Before the `?`. */
  readonly path: string
  /** After the `?`, exactly as received; empty when there is none. */
  readonly rawQuery: string
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string | undefined>>
  readonly body: Buffer
  /** The body was larger than any dialect takes, and was not read. */
  readonly oversized: boolean
  /** UUID, lower case. */
  readonly requestId: string
  /** Where the request came from. */
  readonly sourceAddress: string
  /** It came by TLS. */
  readonly secure: boolean
}

/** A header's value, empty when it is not there. The name may be the client's: `constructor` finds nothing. */
export function headerOf({ headers }: Pick<WireRequest, 'headers'>, name: string): string {
  return (Object.hasOwn(headers, name) ? headers[name] : undefined) ?? ''
}

export interface WireReply {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  /** `OK`, or the error's code. */
  readonly outcome: string
  /** What went wrong inside, for the log alone. */
  readonly cause?: unknown
}

/** A request that a client of ours signs and sends. */
export interface SignedRequest {
  readonly method: string
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** What the `call` command asks a dialect to sign. `host` is `name:port`. */
export interface CallToSign {
  readonly action: string
  readonly input: Readonly<Record<string, unknown>>
  readonly credential: Pick<Credential, 'accessKeyId' | 'secret'>
  readonly host: string
  readonly region: string
  readonly now: number
}

/** What an action's handler works with. */
export interface ActionContext {
  readonly kms: Kms
  readonly caller: Caller
  readonly settings: DialectSettings
}

/** One action of a cloud, complete: name, schemas, errors, example, handler. Made by `defineAction`. */
export interface Action<Input extends TObject = TObject, Output extends TObject = TObject> {
  /** The vendor's name, PascalCase. */
  readonly name: string
  readonly summary: string
  readonly input: Input
  readonly output: Output
  /** The vendor's error codes this action may give, besides those every action may give. */
  readonly errors: readonly string[]
  readonly example: { readonly input: Static<Input>; readonly output: Static<Output> }
  handle(input: Static<Input>, context: ActionContext): Promise<Static<Output>>
}

/** Ties the handler's types to the schemas of the same literal. */
export function defineAction<Input extends TObject, Output extends TObject>(
  action: Action<Input, Output>,
): Action {
  return Object.freeze(action) as unknown as Action
}

/** What a dialect may know of the configuration. */
export interface DialectSettings {
  /** The region this service says it is in. */
  readonly region: string
  readonly edition: 'auto' | 'cn' | 'intl'
  /** simulation: the cloud's documented limits hold; on-prem: none of them. */
  readonly profile: 'simulation' | 'on-prem'
  /** Configured rates by action, requests a second and account; they prevail over the cloud's. */
  readonly rates: Readonly<Record<string, number>>
}

/** The parts a dialect is made from. */
export interface DialectParts {
  readonly kms: Kms
  /** The same operations without their effects. */
  readonly dryKms: Kms
  readonly credentials: CredentialReader
  readonly clock: Clock
  readonly replay: ReplayGuard
  readonly limiter: RateLimiter
  readonly settings: DialectSettings
}

/** A request understood as far as its action; `Call` is each dialect's own. */
export interface Dialect<Call = unknown> {
  readonly name: string
  readonly actions: readonly Action[]
  /** True when the request speaks this dialect, right or wrong. */
  claims(request: WireRequest): boolean
  /** Reads the envelope: parameters, action, version. Throws WireError. */
  read(request: WireRequest): Call
  actionOf(call: Call): Action
  /** The access key that the request names; empty for none. */
  accessKeyOf(call: Call): string
  /** Checks time, signature and replay. Throws WireError. */
  authenticate(call: Call): Promise<Identity>
  /** Codes of `authenticate` that say the caller does not have the secret of an access key. */
  readonly failedSignatures: ReadonlySet<string>
  /** Decodes the parameters and runs the action. Throws WireError, ParameterError, KmsError. */
  run(call: Call, identity: Identity, notes: AuditNotes): Promise<unknown>
  success(request: WireRequest, call: Call, output: unknown): WireReply
  /** `call` is undefined when the request could not be read. Never throws. */
  failure(request: WireRequest, call: Call | undefined, error: unknown): WireReply
}

/** An error already in a dialect's own words. */
export class WireError extends Error {
  override readonly name = 'WireError'
  readonly code: string
  readonly status: number
  /** The message in a language; the English one in a dialect that speaks no other. */
  readonly inLanguage: (language: string) => string

  constructor(code: string, message: string, status = 400, inLanguage = (_language: string) => message) {
    super(message)
    this.code = code
    this.status = status
    this.inLanguage = inLanguage
  }
}

/** Who asks, of a credential whose signature was right. */
export function identityOf({ accountId, accessKeyId, userId }: Credential): Identity {
  return { accountId, accessKeyId, ...(userId === undefined ? {} : { userId }) }
}

/** An identity asking for an action of a dialect, from where and how. */
export function callerOf(
  identity: Identity,
  { name }: Pick<Action, 'name'>,
  { sourceAddress, secure }: Pick<WireRequest, 'sourceAddress' | 'secure'>,
  notes: AuditNotes,
): Caller {
  return { ...identity, action: `kms:${name}`, sourceAddress, secure, notes }
}

/** Nothing else is recorded of what may be anything. */
const accessKeyForm = /^[\w-]{1,128}$/

/** What is known of a request so far, for its record. */
interface Progress<Call> {
  call?: Call
  action?: string
  accessKeyId?: string
  identity?: Identity
  readonly notes: AuditNotes
}

/** What is kept of requests. Without a brake nobody is held back. */
export interface ServiceRecords {
  readonly audit: AuditTrail
  readonly uses: Pick<LastUses, 'note'>
  readonly brake?: Brake | undefined
}

/**
 * Answers one request; its record is on disk before the answer leaves. Whatever is thrown becomes a reply by the dialect's
 * error table. While records cannot be kept nothing is run, and what ran is answered with an internal error.
 * With a brake, an address whose signatures keep failing is refused unread for a while, and recorded once in it: whoever
 * has no access key must not be able to fill the disk.
 */
export async function serve<Call>(
  dialect: Dialect<Call>,
  request: WireRequest,
  { audit, uses, brake }: ServiceRecords,
): Promise<WireReply> {
  const [time, started] = [Date.now(), performance.now()]
  const progress: Progress<Call> = { notes: {} }
  const held = await brake?.held(request.sourceAddress)
  const reply =
    held === undefined
      ? await answer(dialect, request, audit, brake, progress)
      : dialect.failure(request, undefined, kmsError('throttled', { retryAfter: held.retryAfter }))
  if (held?.first === false) return reply
  if (progress.identity !== undefined) uses.note(progress.identity.accessKeyId)
  try {
    await audit.append({
      time,
      requestId: request.requestId,
      dialect: dialect.name,
      sourceAddress: request.sourceAddress,
      action: progress.action ?? '',
      accountId: progress.identity?.accountId ?? '',
      accessKeyId: progress.accessKeyId ?? '',
      userId: progress.identity?.userId ?? '',
      outcome: reply.outcome,
      duration: Math.round((performance.now() - started) * 1000) / 1000,
      ...progress.notes,
    })
    return reply
  } catch (error) {
    return dialect.failure(request, progress.call, error)
  }
}

async function answer<Call>(
  dialect: Dialect<Call>,
  request: WireRequest,
  audit: AuditTrail,
  brake: Brake | undefined,
  progress: Progress<Call>,
): Promise<WireReply> {
  try {
    const call = dialect.read(request)
    progress.call = call
    progress.action = dialect.actionOf(call).name
    const claimed = dialect.accessKeyOf(call)
    if (accessKeyForm.test(claimed)) progress.accessKeyId = claimed
    progress.identity = await authenticate(dialect, call, request, brake)
    audit.requireWritable()
    const output = await dialect.run(call, progress.identity, progress.notes)
    return dialect.success(request, call, output)
  } catch (error) {
    return dialect.failure(request, progress.call, error)
  }
}

async function authenticate<Call>(
  dialect: Dialect<Call>,
  call: Call,
  { sourceAddress }: WireRequest,
  brake: Brake | undefined,
): Promise<Identity> {
  try {
    const identity = await dialect.authenticate(call)
    await brake?.succeeded(sourceAddress)
    return identity
  } catch (error) {
    if (error instanceof WireError && dialect.failedSignatures.has(error.code))
      await brake?.failed(sourceAddress)
    throw error
  }
}
