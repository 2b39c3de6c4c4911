// Every error in Alibaba's words, with its HTTP status: one row per core code, and parameters.
import { KmsError, type KmsErrorCode, type KmsErrorFacts } from '../../core/errors.ts'
import type { KeyEvent, KeyState } from '../../core/key-state.ts'
import { WireError } from '../dialect.ts'
import { ParameterError } from '../parameters.ts'
import { stateName } from './key-metadata.ts'

/** Code, HTTP status and message of a reply. */
export interface Wording {
  readonly code: string
  readonly status: number
  readonly message: string
}

type Table = { readonly [Code in KmsErrorCode]: (facts: KmsErrorFacts[Code], action: string) => Wording }

const internalFailure: Wording = { code: 'InternalFailure', status: 500, message: 'Internal Failure' }

/** Hosted data keys are Tencent's; no action of this dialect comes to these. */
const notOfThisCloud = () => internalFailure

const throttled: Wording = {
  code: 'Rejected.Throttling',
  status: 429,
  message: 'The QPS upper limit is exceeded.',
}

const keyNotFound = (): Wording => ({
  code: 'Forbidden.KeyNotFound',
  status: 404,
  message: 'The specified Key is not found.',
})

const rejected = (state: KeyState): Wording => ({
  code: `Rejected.${stateName(state)}`,
  status: 409,
  message: `The request was rejected because the key state is ${stateName(state)}.`,
})

/** Changes that are refused as a use is; the others are StateModifiedFailed. */
const namesState: readonly KeyEvent[] = [
  'update-description',
  'update-alias',
  'enable-rotation',
  'disable-rotation',
]

const rotationRefusals: Readonly<Record<KmsErrorFacts['rotation-refused']['reason'], string>> = {
  off: 'automatic rotation of the key is disabled',
  running: 'a rotation of the key is under way',
  'too-early': 'the last rotation of the key is less than 7 days ago',
  'too-many-versions': 'the key has as many versions as it may have',
}

const table: Table = {
  'key-not-found': keyNotFound,
  'alias-not-found': () => ({
    code: 'Forbidden.AliasNotFound',
    status: 404,
    message: 'The specified Alias is not found.',
  }),
  'alias-exists': ({ alias }) => ({
    code: 'AliasAlreadyExists',
    status: 400,
    message: `The specified Alias alias/${alias} already exists.`,
  }),
  // A blob names its key version; to whoever decrypts, a version that is not there is a key that is not there.
  'key-version-not-found': (_facts, action) =>
    action === 'DescribeKeyVersion'
      ? {
          code: 'Forbidden.KeyVersionNotFound',
          status: 404,
          message: 'The specified KeyVersion is not found.',
        }
      : keyNotFound(),
  'key-state-refuses-use': ({ state }) => rejected(state),
  'key-state-refuses-change': ({ state, event }) => {
    if (namesState.includes(event)) return rejected(state)
    return { code: 'Rejected.StateModifiedFailed', status: 409, message: 'Keystate modified failed.' }
  },
  'cluster-invalid': () => ({
    code: 'Forbidden.DKMSInstanceNotFound',
    status: 403,
    message: 'The specified DKMSInstanceId is not found.',
  }),
  'ciphertext-invalid': () => invalidParameter('CiphertextBlob'),
  'tag-keys-duplicated': () => invalidParameter('Tags'),
  'tag-not-existed': () => invalidParameter('Tags'),
  'cmk-quota-exceeded': () => ({
    code: 'Rejected.LimitExceeded',
    status: 400,
    message: 'The request was rejected because the quota of keys is exceeded.',
  }),
  'data-key-quota-exceeded': notOfThisCloud,
  'data-key-not-found': notOfThisCloud,
  'data-key-name-exists': notOfThisCloud,
  'data-key-state-refuses-use': notOfThisCloud,
  'data-key-state-refuses-change': notOfThisCloud,
  'key-usage-invalid': () => ({
    code: 'UnsupportedOperation',
    status: 400,
    message: 'This action is not supported.',
  }),
  'rotation-refused': ({ reason }) => ({
    code: 'Rejected.UnsupportedOperation',
    status: 400,
    message: `The request was rejected because ${rotationRefusals[reason]}.`,
  }),
  'key-policy-unsupported': () => ({
    code: 'Forbidden.KeyPolicyUnSupported',
    status: 403,
    message: 'The specified key does not support key policies.',
  }),
  'tagging-failed': () => internalFailure,
  'public-key-encryption-failed': () => invalidParameter('PublicKeyBlob'),
  'dry-run-passed': () => ({
    code: 'DryRunOperationError',
    status: 400,
    message: 'The request would have been carried out, had DryRun not been set.',
  }),
  'access-denied': ({ resource }) => ({
    code: 'Forbidden.NoPermission',
    status: 403,
    message: `This operation for ${resource.find((name) => name.startsWith('acs:')) ?? ''} is forbidden by permission system.`,
  }),
  'rate-exceeded': () => throttled,
  throttled: () => throttled,
  unavailable: () => ({
    code: 'ServiceUnavailableTemporary',
    status: 503,
    message: 'The service is temporarily unavailable. Try again later.',
  }),
  internal: () => internalFailure,
}

/** A bad value, in the words of the KMS pages, naming the parameter. */
export function invalidParameter(parameter: string): Wording {
  const message = `The specified parameter ${parameter} is not valid.`
  return { code: 'InvalidParameter', status: 400, message }
}

/** Turns whatever was thrown into a reply's words. What is not in the table is an internal failure. */
export function wordError(error: unknown, action: string): Wording {
  if (error instanceof WireError) return { code: error.code, status: error.status, message: error.message }
  if (error instanceof ParameterError) return wordParameter(error)
  if (!(error instanceof KmsError)) return internalFailure
  const code: KmsErrorCode = error.code
  return (table[code] as (facts: unknown, action: string) => Wording)(error.facts, action)
}

function wordParameter({ fault, parameter, code }: ParameterError): Wording {
  if (fault === 'missing') {
    // The double blanks are the cloud's own.
    const message = `The parameter  ${parameter}  needed but no provided.`
    return { code: 'MissingParameter', status: 400, message }
  }
  return { ...invalidParameter(parameter), ...(code === undefined ? {} : { code }) }
}
