// Every error in Tencent's words: one row per core code, and the gateway's own codes.
import { KmsError, type KmsErrorCode, type KmsErrorFacts } from '../../core/errors.ts'
import type { KeyState } from '../../core/key-state.ts'
import { WireError } from '../dialect.ts'
import { ParameterError } from '../parameters.ts'

/** Code and message of a reply. */
export interface Wording {
  readonly code: string
  readonly message: string
}

type Table = {
  readonly [Code in KmsErrorCode]: (facts: KmsErrorFacts[Code], errors: readonly string[]) => Wording
}

const useRefused: Readonly<Record<KeyState, Wording>> = {
  Enabled: { code: 'InternalError', message: 'Internal error.' },
  Disabled: { code: 'ResourceUnavailable.CmkDisabled', message: 'The CMK has been disabled.' },
  Archived: { code: 'ResourceUnavailable.CmkArchived', message: 'The CMK has been archived.' },
  PendingDeletion: {
    code: 'ResourceUnavailable.KeyPendingDelete',
    message: 'The key is not available as it is pending deletion.',
  },
}

const invalidCiphertext = (): Wording => ({
  code: 'InvalidParameterValue.InvalidCiphertext',
  message: 'The CiphertextBlob is invalid.',
})

const table: Table = {
  'key-not-found': ({ keyId }) => ({
    code: 'ResourceUnavailable.CmkNotFound',
    message: `The CMK \`${keyId}\` does not exist.`,
  }),
  'alias-not-found': ({ alias }) => ({
    code: 'ResourceUnavailable.CmkNotFound',
    message: `The CMK named \`${alias}\` does not exist.`,
  }),
  'alias-exists': ({ alias }) => ({
    code: 'InvalidParameterValue.AliasAlreadyExists',
    message: `The Alias \`${alias}\` already exists.`,
  }),
  'key-version-not-found': invalidCiphertext,
  'key-state-refuses-use': ({ state }) => useRefused[state],
  'key-state-refuses-change': ({ state, event }) => {
    if (event === 'cancel-deletion') {
      return { code: 'ResourceUnavailable.CmkNotPendingDelete', message: 'The CMK is not pending deletion.' }
    }
    if (event === 'schedule-deletion' && state === 'Enabled') {
      const message = 'The CMK must be disabled before its deletion is scheduled.'
      return { code: 'ResourceUnavailable.CmkShouldBeDisabled', message }
    }
    const message = 'The state of the CMK does not support this operation.'
    return { code: 'ResourceUnavailable.CmkStateNotSupport', message }
  },
  'cluster-invalid': ({ clusterId }) => ({
    code: 'InvalidParameterValue.InvalidHsmClusterId',
    message: `The HsmClusterId \`${clusterId}\` is invalid.`,
  }),
  'ciphertext-invalid': invalidCiphertext,
  'tag-keys-duplicated': ({ key }) => ({
    code: 'InvalidParameterValue.TagKeysDuplicated',
    message: `The TagKey \`${key}\` is duplicated in Tags.`,
  }),
  'tag-not-existed': ({ key }) => ({
    code: 'InvalidParameterValue.TagsNotExisted',
    message: `The TagKey \`${key}\` or its TagValue does not exist.`,
  }),
  'cmk-quota-exceeded': ({ quota }) => ({
    code: 'LimitExceeded.CmkLimitExceeded',
    message: `The number of CMKs has reached its upper limit (${quota}).`,
  }),
  'public-key-encryption-failed': () => ({
    code: 'FailedOperation.EncryptionError',
    message:
      'Encryption under `EncryptionPublicKey` failed: the key cannot be read, is not one of `EncryptionAlgorithm`, or is too small.',
  }),
  'dry-run-passed': () => ({ code: 'DryRunOperation', message: 'The request would have been carried out.' }),
  throttled: () => ({
    code: 'RequestLimitExceeded',
    message: 'The number of requests exceeds what can be served now. Try again later.',
  }),
  unavailable: (_facts, errors) => {
    const code = 'UnsupportedOperation.ServiceTemporaryUnavailable'
    return errors.includes(code)
      ? { code, message: 'The service is temporarily unavailable.' }
      : internalError
  },
  internal: () => internalError,
}

const internalError: Wording = { code: 'InternalError', message: 'Internal error.' }

/**
 * Turns whatever was thrown into a reply's words. `errors` are the codes the action documents. Only the table's
 * own texts reach the client; what is not in it is an internal error.
 */
export function wordError(error: unknown, errors: readonly string[]): Wording {
  if (error instanceof WireError) return { code: error.code, message: error.message }
  if (error instanceof ParameterError) return wordParameter(error)
  if (!(error instanceof KmsError)) return internalError
  const code: KmsErrorCode = error.code
  const row = table[code] as (facts: unknown, errors: readonly string[]) => Wording
  return row(error.facts, errors)
}

/** True for errors whose cause belongs in the log. */
export function isInternal(error: unknown): boolean {
  if (error instanceof KmsError) return error.code === 'unavailable' || error.code === 'internal'
  return !(error instanceof WireError || error instanceof ParameterError)
}

function wordParameter({ fault, parameter, code }: ParameterError): Wording {
  const name = `\`${parameter}\``
  switch (fault) {
    case 'missing':
      return { code: 'MissingParameter', message: `The request is missing the required parameter ${name}.` }
    case 'unknown':
      return { code: 'UnknownParameter', message: `The parameter ${name} is not recognized.` }
    case 'type':
      return { code: 'InvalidParameter', message: `The parameter ${name} has the wrong type or format.` }
    case 'value':
      return { code: code ?? 'InvalidParameter', message: `The value of the parameter ${name} is invalid.` }
  }
}
