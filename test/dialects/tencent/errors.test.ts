// Errors in Tencent's words: every code of core, and nothing from inside.
import t from 'tap'
import { type KmsErrorFacts, kmsError } from '../../../src/core/errors.ts'
import type { KeyEvent, KeyState } from '../../../src/core/key-state.ts'
import type { Kms } from '../../../src/core/kms.ts'
import { serve, WireError } from '../../../src/dialects/dialect.ts'
import { ParameterError } from '../../../src/dialects/parameters.ts'
import { wordError } from '../../../src/dialects/tencent/errors.ts'
import { createTencent } from '../../../src/dialects/tencent/index.ts'
import { uses } from '../../support/audit.ts'
import { plainRequest, requestId } from '../../support/wire.ts'
import { createClient, region } from './client.ts'

const keyId = '599fa825-17de-417e-9554-bb032cc6a001'
const secret = 'do not tell'

/** Facts of each code, with something in them that must not reach a client. */
const facts: { readonly [Code in keyof KmsErrorFacts]: readonly [KmsErrorFacts[Code], string] } = {
  'key-not-found': [{ keyId }, 'ResourceUnavailable.CmkNotFound'],
  'alias-not-found': [{ alias: 'a' }, 'ResourceUnavailable.CmkNotFound'],
  'alias-exists': [{ alias: 'a' }, 'InvalidParameterValue.AliasAlreadyExists'],
  'key-version-not-found': [{ keyVersionId: secret }, 'InvalidParameterValue.InvalidCiphertext'],
  'key-state-refuses-use': [{ keyId, state: 'Disabled' }, 'ResourceUnavailable.CmkDisabled'],
  'key-state-refuses-change': [
    { keyId, state: 'PendingDeletion', event: 'enable' },
    'ResourceUnavailable.CmkStateNotSupport',
  ],
  'cluster-invalid': [{ clusterId: 'x' }, 'InvalidParameterValue.InvalidHsmClusterId'],
  'public-key-encryption-failed': [{}, 'FailedOperation.EncryptionError'],
  'dry-run-passed': [{}, 'DryRunOperation'],
  'ciphertext-invalid': [{}, 'InvalidParameterValue.InvalidCiphertext'],
  'tag-keys-duplicated': [{ key: 'a' }, 'InvalidParameterValue.TagKeysDuplicated'],
  'tag-not-existed': [{ key: 'a' }, 'InvalidParameterValue.TagsNotExisted'],
  'cmk-quota-exceeded': [{ quota: 3 }, 'LimitExceeded.CmkLimitExceeded'],
  'key-usage-invalid': [{ keyId }, 'InvalidParameterValue.InvalidKeyUsage'],
  'key-policy-unsupported': [{ keyId }, 'InternalError'],
  'tagging-failed': [{ detail: secret }, 'FailedOperation.TaggingError'],
  'data-key-quota-exceeded': [{ quota: 3 }, 'LimitExceeded.DataKeyLimitExceeded'],
  'data-key-not-found': [{ dataKeyId: keyId }, 'ResourceUnavailable.DataKeyNotFound'],
  'data-key-name-exists': [{ name: 'a' }, 'InvalidParameterValue.DataKeyNameAlreadyExists'],
  'data-key-state-refuses-use': [
    { dataKeyId: keyId, state: 'Disabled' },
    'ResourceUnavailable.DataKeyStateNotSupport',
  ],
  'data-key-state-refuses-change': [
    { dataKeyId: keyId, state: 'PendingDeletion', event: 'enable' },
    'ResourceUnavailable.DataKeyStateNotSupport',
  ],
  'rotation-refused': [{ keyId, reason: 'off' }, 'UnsupportedOperation.RotateNotSupported'],
  'rate-exceeded': [{ rate: 100, retryAfter: 5 }, 'RequestLimitExceeded'],
  'access-denied': [
    {
      action: 'kms:Encrypt',
      resource: ['qcs::kms:r:uin/1:key/*', 'acs:kms:r:1:key'],
      explicit: false,
      by: 'identity-policy',
      accountId: '1',
    },
    'UnauthorizedOperation',
  ],
  throttled: [{}, 'RequestLimitExceeded'],
  unavailable: [{ detail: secret }, 'InternalError'],
  internal: [{ detail: secret }, 'InternalError'],
}

t.test('every code of core has its words', async (t) => {
  for (const [code, [fact, wanted]] of Object.entries(facts)) {
    const worded = wordError(kmsError(code as keyof KmsErrorFacts, fact as never), [])
    t.equal(worded.code, wanted)
    t.notMatch(worded.message, secret)
    t.ok(worded.message.length > 10)
  }
})

t.test('a blob of another account is worded as a damaged one', async (t) => {
  const words = (code: 'ciphertext-invalid' | 'key-version-not-found') =>
    wordError(kmsError(code, { keyVersionId: keyId } as never), [])
  t.same(words('key-version-not-found'), words('ciphertext-invalid'))
})

t.test('an unavailable token is told as such where the action documents it', async (t) => {
  const code = 'UnsupportedOperation.ServiceTemporaryUnavailable'
  const worded = wordError(kmsError('unavailable', { detail: secret }), [code])
  t.equal(worded.code, code)
  t.notMatch(worded.message, secret)
})

t.test('a state that refuses use is named', async (t) => {
  const codes: Record<KeyState, string> = {
    Enabled: 'InternalError',
    Disabled: 'ResourceUnavailable.CmkDisabled',
    Archived: 'ResourceUnavailable.CmkArchived',
    PendingDeletion: 'ResourceUnavailable.KeyPendingDelete',
  }
  for (const [state, code] of Object.entries(codes)) {
    const error = kmsError('key-state-refuses-use', { keyId, state: state as KeyState })
    t.equal(wordError(error, []).code, code)
  }
})

t.test('a state that refuses a change is worded by the change', async (t) => {
  const cases: [KeyEvent, KeyState, string][] = [
    ['schedule-deletion', 'Enabled', 'CmkShouldBeDisabled'],
    ['schedule-deletion', 'PendingDeletion', 'CmkStateNotSupport'],
    ['cancel-deletion', 'Enabled', 'CmkNotPendingDelete'],
    ['cancel-deletion', 'Archived', 'CmkNotPendingDelete'],
    ['enable', 'Archived', 'CmkStateNotSupport'],
    ['disable', 'PendingDeletion', 'CmkStateNotSupport'],
    ['cancel-archive', 'Enabled', 'CmkStateNotSupport'],
    ['update-alias', 'PendingDeletion', 'CmkStateNotSupport'],
  ]
  for (const [event, state, code] of cases) {
    const error = kmsError('key-state-refuses-change', { keyId, state, event })
    t.equal(wordError(error, []).code, `ResourceUnavailable.${code}`, `${event} from ${state}`)
  }
})

t.test('parameters', async (t) => {
  const words = (fault: ParameterError['fault'], code?: string) =>
    wordError(new ParameterError(fault, 'KeyId', code), [])
  t.match(words('missing'), { code: 'MissingParameter', message: /`KeyId`/ })
  t.match(words('unknown'), { code: 'UnknownParameter', message: /`KeyId`/ })
  t.match(words('type', 'X'), { code: 'InvalidParameter', message: /`KeyId`/ })
  t.match(words('value'), { code: 'InvalidParameter', message: /`KeyId`/ })
  t.match(words('value', 'InvalidParameterValue.InvalidKeyId'), {
    code: 'InvalidParameterValue.InvalidKeyId',
  })
  t.same(wordError(new WireError('InvalidAction', 'text'), []), { code: 'InvalidAction', message: 'text' })
})

/** The reply when the operation behind `action` throws. */
async function failing(error: unknown, action = 'ListKeys', operation = 'listKeys', input = {}) {
  const client = await createClient()
  const kms = { ...client.kms, [operation]: () => Promise.reject(error) } as unknown as Kms
  const dialect = createTencent({
    ...client,
    kms,
    settings: { region, edition: 'auto', profile: 'on-prem', rates: {} },
  })
  return serve(
    dialect,
    {
      ...plainRequest,
      method: 'POST',
      ...client.tc3(action, { text: JSON.stringify(input) }),
    },
    { audit: client.audit, uses },
  )
}

t.test('what nobody foresaw is an internal error that tells nothing and is logged', async (t) => {
  for (const error of [
    new TypeError(secret),
    secret,
    undefined,
    null,
    { code: 'InvalidParameter', message: secret },
    kmsError('internal', { detail: secret }),
  ]) {
    const reply = await failing(error)
    t.equal(reply.status, 200)
    t.same(JSON.parse(reply.body).Response, {
      Error: { Code: 'InternalError', Message: 'Internal error.' },
      RequestId: requestId,
    })
    t.equal(reply.cause, error)
  }
})

t.test('an unavailable token is logged too; a client’s mistake is not', async (t) => {
  const unavailable = kmsError('unavailable', { detail: secret })
  const undocumented = await failing(unavailable)
  t.match(JSON.parse(undocumented.body).Response.Error, { Code: 'InternalError' })
  t.equal(undocumented.cause, unavailable)
  const documented = await failing(unavailable, 'CreateKey', 'createKey', { Alias: 'a' })
  t.match(JSON.parse(documented.body).Response.Error, {
    Code: 'UnsupportedOperation.ServiceTemporaryUnavailable',
  })
  t.notMatch(documented.body, secret)
  t.equal(documented.cause, unavailable)
  t.notOk('cause' in (await failing(kmsError('throttled', {}))))
})
