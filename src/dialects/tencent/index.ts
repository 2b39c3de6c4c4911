// The Tencent Cloud KMS dialect (product kms, version 2019-01-18): its parts put together.
import type { AuditNotes, Identity } from '../../core/caller.ts'
import { checkToken } from '../../core/credentials.ts'
import { callerOf, type Dialect, type DialectParts, type DialectSettings, identityOf } from '../dialect.ts'
import { createCatalogue } from '../parameters.ts'
import { countRequest } from '../rate.ts'
import { actions } from './actions/index.ts'
import { claims, failure, readCall, success, type TencentCall } from './envelope.ts'
import { refuse } from './messages.ts'
import { rateOf } from './rates.ts'
import { createTc3SigningKeys, type Tc3SigningKeys, verifyTc3, verifyV1 } from './signature.ts'

export { parseResource, resourceName } from './resource.ts'
export { sign } from './signature.ts'

/** How far a request's clock may be off, either way, in seconds. */
const skewLimit = 300
/** Actions that ask about regions and so need none. */
const regionless: ReadonlySet<string> = new Set(['GetRegions'])

/** Makes the dialect. Its actions' schemas are compiled here, once. */
export function createTencent(parts: DialectParts): Dialect<TencentCall> {
  const catalogue = createCatalogue(actions)
  const signingKeys = createTc3SigningKeys()
  return {
    name: 'tencent',
    actions,
    claims,
    failedSignatures: new Set(['AuthFailure.SignatureFailure', 'AuthFailure.SecretIdNotFound']),
    read: (request) => readCall(request, catalogue),
    accessKeyOf,
    authenticate: (call) => authenticate(parts, signingKeys, call),
    actionOf: ({ entry }) => entry.action,
    run: (call, identity, notes) => run(parts, call, identity, notes),
    success: (request, _call, output) => success(request, output as object),
    failure,
  }
}

/**
 * SecretId, time, signature, token, region, in that order. A repeated v1 Nonce is not refused: whether the cloud
 * does is undocumented, and SDKs that resend a request resend its nonce. A token given with a
 * permanent access key never matches it. Throws WireError.
 */
async function authenticate(
  parts: DialectParts,
  signingKeys: Tc3SigningKeys,
  call: TencentCall,
): Promise<Identity> {
  const { authentication, request } = call
  const credential = await parts.credentials(accessKeyOf(call))
  if (credential === undefined || !credential.active) {
    throw refuse('AuthFailure.SecretIdNotFound', 'secretIdNotFound')
  }
  const skew = Math.abs(Math.floor(parts.clock() / 1000) - Number(call.timestamp))
  if (skew > skewLimit) {
    throw refuse('AuthFailure.SignatureExpire', 'signatureExpired', { skew, limit: skewLimit })
  }
  const valid =
    authentication.kind === 'tc3'
      ? verifyTc3(request, authentication.authorization, call.timestamp, credential.secret, signingKeys)
      : verifyV1(request.method, request.headers.host ?? '', authentication.pairs, credential.secret)
  if (!valid) {
    throw refuse('AuthFailure.SignatureFailure', 'signatureFailure')
  }
  if (checkToken(credential, call.token, parts.clock()) !== 'good') {
    throw refuse('AuthFailure.TokenFailure', 'tokenFailure')
  }
  checkRegion(call)
  return identityOf(credential)
}

function accessKeyOf({ authentication }: TencentCall): string {
  return authentication.kind === 'tc3' ? authentication.authorization.secretId : authentication.secretId
}

function checkRegion({ entry, region, regionName }: TencentCall): void {
  // Without a region an SDK sends nothing, an empty text, or the text `null`.
  if (regionless.has(entry.action.name) && [undefined, '', 'null'].includes(region)) return
  if (region === undefined) throw refuse('MissingParameter', 'parameterMissing', { parameter: regionName })
  // Every region's shape is served: one server simulates them all.
  if (!/^[a-z]{2,}(-[a-z0-9]+)+$/.test(region)) {
    throw refuse('InvalidParameterValue', 'parameterValue', { parameter: regionName })
  }
}

async function run(
  parts: DialectParts,
  { entry, input, request }: TencentCall,
  identity: Identity,
  notes: AuditNotes,
): Promise<object> {
  const { action } = entry
  const caller = callerOf(identity, action, request, notes)
  const settings = { ...parts.settings, edition: edition(parts.settings, request.headers.host) }
  await countRequest(parts, 'tencent', caller, action.name, rateOf(action.name, settings.edition))
  entry.check(input)
  const { MemberAccount, MemberAccounts = [] } = input as {
    MemberAccount?: object
    MemberAccounts?: object[]
  }
  if (MemberAccount !== undefined || MemberAccounts.length > 0) {
    throw refuse('UnsupportedOperation.NotRoleOperation', 'notRole')
  }
  return action.handle(input as never, { kms: parts.kms, caller, settings })
}

function edition({ edition: configured }: DialectSettings, host = ''): 'cn' | 'intl' {
  if (configured !== 'auto') return configured
  return host.includes('.intl.') ? 'intl' : 'cn'
}
