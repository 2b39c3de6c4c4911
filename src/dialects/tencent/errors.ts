// Every error of core as Tencent's code and the name of its text: one row per core code, and parameters.
import { KmsError, type KmsErrorCode, type KmsErrorFacts } from '../../core/errors.ts'
import type { KeyState } from '../../core/key-state.ts'
import { WireError } from '../dialect.ts'
import { ParameterError, type ParameterFault } from '../parameters.ts'
import { type Facts, type Language, type MessageName, say } from './messages.ts'

/** Code and message of a reply. */
export interface Wording {
  readonly code: string
  readonly message: string
}

/** The vendor's code, the name of the text, and what goes into it. */
type Row = readonly [code: string, text: MessageName, facts?: Facts]

/** `errors` are the codes the action documents. */
type Table = {
  readonly [Code in KmsErrorCode]: (facts: KmsErrorFacts[Code], errors: readonly string[]) => Row
}

const stateNotSupported = 'ResourceUnavailable.CmkStateNotSupport'
const internalError: Row = ['InternalError', 'internalError']
const invalidCiphertext: Row = ['InvalidParameterValue.InvalidCiphertext', 'ciphertextInvalid']

const useRefused: Readonly<Record<KeyState, Row>> = {
  Enabled: internalError,
  Disabled: ['ResourceUnavailable.CmkDisabled', 'cmkDisabled'],
  Archived: ['ResourceUnavailable.CmkArchived', 'cmkArchived'],
  PendingDeletion: ['ResourceUnavailable.KeyPendingDelete', 'cmkPendingDelete'],
}

const rotationRefusals: Readonly<Record<KmsErrorFacts['rotation-refused']['reason'], Row>> = {
  off: ['UnsupportedOperation.RotateNotSupported', 'rotateOff'],
  running: ['FailedOperation.RotateTaskRunning', 'rotateRunning'],
  'too-early': ['RequestLimitExceeded.RotateRateLimited', 'rotateTooEarly'],
  'too-many-versions': ['UnsupportedOperation.RotateNotSupported', 'rotateVersions'],
}

const table: Table = {
  'key-not-found': ({ keyId }) => ['ResourceUnavailable.CmkNotFound', 'cmkNotFound', { keyId }],
  'alias-not-found': ({ alias }) => ['ResourceUnavailable.CmkNotFound', 'aliasNotFound', { alias }],
  'alias-exists': ({ alias }) => ['InvalidParameterValue.AliasAlreadyExists', 'aliasExists', { alias }],
  // A blob of another account is no more than a blob that does not open.
  'key-version-not-found': (_facts, errors) => unreadable(errors),
  'key-state-refuses-use': ({ state }, errors) => {
    const row = useRefused[state]
    return !errors.includes(row[0]) && errors.includes(stateNotSupported)
      ? [stateNotSupported, 'cmkState']
      : row
  },
  'key-state-refuses-change': ({ state, event }) => {
    if (event === 'cancel-deletion') return ['ResourceUnavailable.CmkNotPendingDelete', 'cmkNotPendingDelete']
    if (event === 'schedule-deletion' && state === 'Enabled') {
      return ['ResourceUnavailable.CmkShouldBeDisabled', 'cmkShouldBeDisabled']
    }
    return [stateNotSupported, 'cmkState']
  },
  'key-usage-invalid': ({ keyId }) => ['InvalidParameterValue.InvalidKeyUsage', 'keyUsageInvalid', { keyId }],
  'cluster-invalid': ({ clusterId }) => [
    'InvalidParameterValue.InvalidHsmClusterId',
    'clusterInvalid',
    { clusterId },
  ],
  'ciphertext-invalid': (_facts, errors) => unreadable(errors),
  'tag-keys-duplicated': ({ key }) => [
    'InvalidParameterValue.TagKeysDuplicated',
    'tagKeysDuplicated',
    { key },
  ],
  'tag-not-existed': ({ key }) => ['InvalidParameterValue.TagsNotExisted', 'tagNotExisted', { key }],
  'rotation-refused': ({ reason }) => rotationRefusals[reason],
  // Key policies are the other cloud's.
  'key-policy-unsupported': () => internalError,
  'tagging-failed': () => ['FailedOperation.TaggingError', 'taggingFailed'],
  'cmk-quota-exceeded': ({ quota }) => ['LimitExceeded.CmkLimitExceeded', 'cmkQuota', { quota }],
  'data-key-quota-exceeded': ({ quota }) => ['LimitExceeded.DataKeyLimitExceeded', 'dataKeyQuota', { quota }],
  'data-key-not-found': ({ dataKeyId }) => [
    'ResourceUnavailable.DataKeyNotFound',
    'dataKeyNotFound',
    { dataKeyId },
  ],
  'data-key-name-exists': ({ name }) => [
    'InvalidParameterValue.DataKeyNameAlreadyExists',
    'dataKeyNameExists',
    { name },
  ],
  'data-key-state-refuses-use': ({ state }, errors) => {
    const row: Row =
      state === 'Disabled'
        ? ['ResourceUnavailable.DataKeyDisabled', 'dataKeyDisabled']
        : ['ResourceUnavailable.DataKeyPendingDelete', 'dataKeyPendingDelete']
    return errors.includes(row[0]) ? row : ['ResourceUnavailable.DataKeyStateNotSupport', 'dataKeyState']
  },
  'data-key-state-refuses-change': ({ event }) =>
    event === 'cancel-deletion'
      ? ['ResourceUnavailable.DataKeyNotPendingDelete', 'dataKeyNotPendingDelete']
      : ['ResourceUnavailable.DataKeyStateNotSupport', 'dataKeyState'],
  'public-key-encryption-failed': () => ['FailedOperation.EncryptionError', 'encryptionFailed'],
  'dry-run-passed': () => ['DryRunOperation', 'dryRun'],
  'access-denied': ({ action, resource }) => {
    const name = resource.find((candidate) => candidate.startsWith('qcs:')) ?? ''
    return ['UnauthorizedOperation', 'unauthorized', { action, resource: name }]
  },
  'rate-exceeded': ({ rate }) => ['RequestLimitExceeded', 'rateExceeded', { rate }],
  throttled: () => ['RequestLimitExceeded', 'throttled'],
  unavailable: (_facts, errors) => {
    const code = 'UnsupportedOperation.ServiceTemporaryUnavailable'
    return errors.includes(code) ? [code, 'serviceUnavailable'] : internalError
  },
  internal: () => internalError,
}

const badValue = 'InvalidParameterValue'

function unreadable(errors: readonly string[]): Row {
  const imported = 'InvalidParameterValue.InvalidImportKeyMaterial'
  return errors.includes(imported) ? [imported, 'importMaterialInvalid'] : invalidCiphertext
}

const faults: Readonly<Record<ParameterFault, Row>> = {
  missing: ['MissingParameter', 'parameterMissing'],
  unknown: ['UnknownParameter', 'parameterUnknown'],
  type: ['InvalidParameter', 'parameterType'],
  value: ['InvalidParameter', 'parameterValue'],
}

/**
 * Turns whatever was thrown into a reply's words. `errors` are the codes the action documents. Only the table's
 * own texts reach the client; what is not in it is an internal error.
 */
export function wordError(error: unknown, errors: readonly string[], language: Language = 'en-US'): Wording {
  if (error instanceof WireError) return { code: error.code, message: error.inLanguage(language) }
  const [code, text, facts] = rowOf(error, errors)
  return { code, message: say(text, language, facts) }
}

function rowOf(error: unknown, errors: readonly string[]): Row {
  if (error instanceof ParameterError) {
    const { fault, parameter, code } = error
    const [common, text] = faults[fault]
    // Some actions document the one code for bad values, some the other.
    const usual = errors.includes(common) || !errors.includes(badValue) ? common : badValue
    return [fault === 'value' ? (code ?? usual) : common, text, { parameter }]
  }
  if (!(error instanceof KmsError)) return internalError
  const row = table[error.code as KmsErrorCode] as (facts: unknown, errors: readonly string[]) => Row
  return row(error.facts, errors)
}
