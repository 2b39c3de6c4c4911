// Whose request this is: required parameters, access key, time, signature, replay, in that order (KMS 2016-01-20).
import type { Identity } from '../../core/caller.ts'
import { type Credential, checkToken } from '../../core/credentials.ts'
import { equalSecrets } from '../../core/equal.ts'
import { type DialectParts, headerOf, identityOf, WireError } from '../dialect.ts'
import { type AlibabaCall, type Authentication, incompleteSignature, missing } from './envelope.ts'
import {
  acs3CanonicalRequest,
  acs3PayloadHash,
  acs3Signature,
  acs3StringToSign,
  isAcs3Algorithm,
  rpcSignature,
  rpcStringToSign,
} from './signature.ts'

/** How far a request's clock may be off, either way, and how long its nonce is remembered (both skews), in ms. */
const skewLimit = 15 * 60_000
const nonceLifetime = 2 * skewLimit

/** Headers that an ACS3 signature must cover, besides the content hash under either of its names. */
const requiredHeaders = ['host', 'x-acs-action', 'x-acs-version', 'x-acs-date', 'x-acs-signature-nonce']

/** What both families of signatures come down to. */
interface Claim {
  readonly accessKeyId: string
  readonly timestamp: string
  /** Empty when an RPC client sends none, which is tolerated. */
  readonly nonce: string
  readonly securityToken: string
  /** The text the server signed when the signature is wrong; undefined when it is right. */
  mismatch(secret: string): string | undefined
}

/** Throws WireError. A nonce is remembered only once its signature has proved right. */
export async function authenticate(parts: DialectParts, call: AlibabaCall): Promise<Identity> {
  const claim =
    call.authentication.kind === 'rpc'
      ? rpcClaim(call, call.authentication)
      : acs3Claim(call, call.authentication)
  const credential = requireActive(await parts.credentials(claim.accessKeyId))
  checkTime(claim.timestamp, parts.clock())
  const mismatch = claim.mismatch(credential.secret)
  if (mismatch !== undefined) {
    // SDKs compare what follows the colon with their own text; the lead-in must not change.
    const lead = 'Specified signature is not matched with our calculation. server string to sign is:'
    throw new WireError('SignatureDoesNotMatch', lead + mismatch)
  }
  requireToken(checkToken(credential, claim.securityToken, parts.clock()))
  const used =
    claim.nonce !== '' && !(await parts.replay.first(`${claim.accessKeyId}/${claim.nonce}`, nonceLifetime))
  if (used) throw new WireError('SignatureNonceUsed', 'Specified signature nonce was used already.')
  return identityOf(credential)
}

/** The access key that a request names, in either family; empty for none. */
export function accessKeyOf({ authentication }: AlibabaCall): string {
  if (authentication.kind === 'acs3') return authentication.authorization.accessKeyId
  return authentication.pairs.find(([name]) => name === 'AccessKeyId')?.[1] ?? ''
}

function rpcClaim({ request }: AlibabaCall, { pairs }: Extract<Authentication, { kind: 'rpc' }>): Claim {
  const field = (name: string) => pairs.find(([candidate]) => candidate === name)?.[1] ?? ''
  const required = (name: string) => {
    const value = field(name)
    if (value === '') throw missing(name)
    return value
  }
  const accessKeyId = required('AccessKeyId')
  const signature = field('Signature')
  if (signature === '') throw incompleteSignature()
  const method = required('SignatureMethod')
  if (rpcSignature('', method, '') === undefined) throw invalid('SignatureMethod')
  if (required('SignatureVersion') !== '1.0') throw invalid('SignatureVersion')
  if (field('SignatureType') !== '') throw invalid('SignatureType')
  const timestamp = required('Timestamp')
  const mismatch = (secret: string) => {
    const text = rpcStringToSign(request.method, pairs)
    return equalSecrets(signature, rpcSignature(secret, method, text) ?? '') ? undefined : text
  }
  return {
    accessKeyId,
    timestamp,
    nonce: field('SignatureNonce'),
    securityToken: field('SecurityToken'),
    mismatch,
  }
}

function acs3Claim(
  { request }: AlibabaCall,
  { authorization, queryPairs }: Extract<Authentication, { kind: 'acs3' }>,
): Claim {
  const { algorithm, accessKeyId, signedHeaders, signature } = authorization
  if (!isAcs3Algorithm(algorithm)) throw incompleteSignature()
  const header = (name: string) => headerOf(request, name)
  const timestamp = header('x-acs-date')
  if (timestamp === '') throw missing('Timestamp')
  const hashed = signedHeaders.includes('x-acs-content-sha256') || signedHeaders.includes('x-acs-content-sm3')
  const securityToken = header('x-acs-security-token')
  const required = securityToken === '' ? requiredHeaders : [...requiredHeaders, 'x-acs-security-token']
  if (!hashed || required.some((name) => !signedHeaders.includes(name) || header(name) === ''))
    throw incompleteSignature()
  const mismatch = (secret: string) => {
    const signed = signedHeaders.map((name) => [name, header(name)] as const)
    const payloadHash = acs3PayloadHash(algorithm, request.body)
    const stated = header('x-acs-content-sha256') || header('x-acs-content-sm3')
    const canonical = acs3CanonicalRequest(request.method, request.path, queryPairs, signed, payloadHash)
    const text = acs3StringToSign(algorithm, canonical)
    const right = equalSecrets(signature, acs3Signature(secret, algorithm, text))
    return right && stated === payloadHash ? undefined : `${text} server canonical request is:${canonical}`
  }
  return { accessKeyId, timestamp, nonce: header('x-acs-signature-nonce'), securityToken, mismatch }
}

function requireToken(outcome: ReturnType<typeof checkToken>): void {
  switch (outcome) {
    case 'good':
      return
    case 'missing':
      throw new WireError('MissingSecurityToken', 'SecurityToken is mandatory for this action.')
    case 'wrong': {
      const message = 'Specified SecurityToken mismatch with the AccessKey.'
      throw new WireError('InvalidSecurityToken.MismatchWithAccessKey', message)
    }
    case 'expired':
      throw new WireError('InvalidSecurityToken.Expired', 'Specified SecurityToken is expired.')
  }
}

function requireActive(credential: Credential | undefined): Credential {
  if (credential === undefined) {
    throw new WireError('InvalidAccessKeyId.NotFound', 'Specified access key is not found.', 404)
  }
  if (!credential.active)
    throw new WireError('InvalidAccessKeyId.Inactive', 'Specified access key is disabled.')
  return credential
}

function checkTime(text: string, now: number): void {
  const time = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,3})?Z$/.test(text) ? Date.parse(text) : Number.NaN
  if (Number.isNaN(time)) {
    throw new WireError(
      'InvalidTimeStamp.Format',
      'Specified time stamp or date value is not well formatted.',
    )
  }
  if (Math.abs(now - time) > skewLimit) {
    throw new WireError('InvalidTimeStamp.Expired', 'Specified time stamp or date value is expired.')
  }
}

function invalid(parameter: string): WireError {
  return new WireError('InvalidParameter', `The specified parameter ${parameter} is not valid.`)
}
