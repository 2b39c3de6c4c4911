// Errors in Alibaba's words: every code of core, and nothing from inside.
import t from 'tap'
import { type KmsErrorFacts, kmsError } from '../../../src/core/errors.ts'
import type { KeyEvent, KeyState } from '../../../src/core/key-state.ts'
import type { Kms } from '../../../src/core/kms.ts'
import { invalidParameter, wordError } from '../../../src/dialects/alibaba/errors.ts'
import { createAlibaba } from '../../../src/dialects/alibaba/index.ts'
import { serve, WireError } from '../../../src/dialects/dialect.ts'
import { ParameterError } from '../../../src/dialects/parameters.ts'
import { uses } from '../../support/audit.ts'
import { plainRequest } from '../../support/wire.ts'
import { createClient, region } from './client.ts'

const keyId = '599fa825-17de-417e-9554-bb032cc6a001'
const secret = 'do not tell'

/** Facts of each code, with something in them that must not reach a client. */
const facts: { readonly [Code in keyof KmsErrorFacts]: readonly [KmsErrorFacts[Code], string, number] } = {
  'key-not-found': [{ keyId }, 'Forbidden.KeyNotFound', 404],
  'alias-not-found': [{ alias: 'a' }, 'Forbidden.AliasNotFound', 404],
  'alias-exists': [{ alias: 'a' }, 'AliasAlreadyExists', 400],
  'key-version-not-found': [{ keyVersionId: keyId }, 'Forbidden.KeyNotFound', 404],
  'key-state-refuses-use': [{ keyId, state: 'Disabled' }, 'Rejected.Disabled', 409],
  'key-state-refuses-change': [
    { keyId, state: 'PendingDeletion', event: 'enable' },
    'Rejected.StateModifiedFailed',
    409,
  ],
  'cluster-invalid': [{ clusterId: 'x' }, 'Forbidden.DKMSInstanceNotFound', 403],
  'public-key-encryption-failed': [{}, 'InvalidParameter', 400],
  'dry-run-passed': [{}, 'DryRunOperationError', 400],
  'ciphertext-invalid': [{}, 'InvalidParameter', 400],
  'tag-keys-duplicated': [{ key: 'a' }, 'InvalidParameter', 400],
  'tag-not-existed': [{ key: 'a' }, 'InvalidParameter', 400],
  'cmk-quota-exceeded': [{ quota: 3 }, 'Rejected.LimitExceeded', 400],
  'key-usage-invalid': [{ keyId }, 'UnsupportedOperation', 400],
  'key-policy-unsupported': [{ keyId }, 'Forbidden.KeyPolicyUnSupported', 403],
  'tagging-failed': [{ detail: secret }, 'InternalFailure', 500],
  'data-key-quota-exceeded': [{ quota: 3 }, 'InternalFailure', 500],
  'data-key-not-found': [{ dataKeyId: keyId }, 'InternalFailure', 500],
  'data-key-name-exists': [{ name: 'a' }, 'InternalFailure', 500],
  'data-key-state-refuses-use': [{ dataKeyId: keyId, state: 'Disabled' }, 'InternalFailure', 500],
  'data-key-state-refuses-change': [
    { dataKeyId: keyId, state: 'PendingDeletion', event: 'enable' },
    'InternalFailure',
    500,
  ],
  'rotation-refused': [{ keyId, reason: 'too-early' }, 'Rejected.UnsupportedOperation', 400],
  'rate-exceeded': [{ rate: 750, retryAfter: 5 }, 'Rejected.Throttling', 429],
  'access-denied': [
    {
      action: 'kms:Encrypt',
      resource: ['qcs::kms:r:uin/1:key/*', 'acs:kms:r:1:key'],
      explicit: false,
      by: 'identity-policy',
      accountId: '1',
    },
    'Forbidden.NoPermission',
    403,
  ],
  throttled: [{}, 'Rejected.Throttling', 429],
  unavailable: [{ detail: secret }, 'ServiceUnavailableTemporary', 503],
  internal: [{ detail: secret }, 'InternalFailure', 500],
}

t.test('every code of core has its words', async (t) => {
  for (const [code, [fact, wanted, status]] of Object.entries(facts)) {
    const error = kmsError(code as keyof KmsErrorFacts, fact as never)
    const worded = wordError(error, 'Decrypt')
    t.match(worded, { code: wanted, status })
    t.notMatch(worded.message, secret)
    t.ok(worded.message.length > 10)
  }
})

t.test('a missing version is a missing key to who decrypts, not to who asks for the version', async (t) => {
  const error = kmsError('key-version-not-found', { keyVersionId: keyId })
  for (const action of ['Decrypt', 'ReEncrypt']) {
    t.match(wordError(error, action), { code: 'Forbidden.KeyNotFound', status: 404 })
  }
  t.match(wordError(error, 'DescribeKeyVersion'), { code: 'Forbidden.KeyVersionNotFound', status: 404 })
})

t.test('a state that refuses use is named', async (t) => {
  const names: Record<KeyState, string> = {
    Enabled: 'Enabled',
    Disabled: 'Disabled',
    PendingDeletion: 'PendingDeletion',
    Archived: 'Unavailable',
  }
  for (const [state, name] of Object.entries(names)) {
    const error = kmsError('key-state-refuses-use', { keyId, state: state as KeyState })
    t.same(wordError(error, 'Encrypt'), {
      code: `Rejected.${name}`,
      status: 409,
      message: `The request was rejected because the key state is ${name}.`,
    })
  }
})

t.test('a state that refuses a change is worded by the change', async (t) => {
  const codes: Partial<Record<KeyEvent, string>> = {
    enable: 'StateModifiedFailed',
    disable: 'StateModifiedFailed',
    'schedule-deletion': 'StateModifiedFailed',
    'cancel-deletion': 'StateModifiedFailed',
    'create-alias': 'StateModifiedFailed',
    'update-description': 'PendingDeletion',
    'update-alias': 'PendingDeletion',
  }
  for (const [event, code] of Object.entries(codes)) {
    const error = kmsError('key-state-refuses-change', {
      keyId,
      state: 'PendingDeletion',
      event: event as KeyEvent,
    })
    t.match(wordError(error, ''), { code: `Rejected.${code}`, status: 409 }, event)
  }
})

t.test('parameters', async (t) => {
  t.same(wordError(new ParameterError('missing', 'KeyId'), ''), {
    code: 'MissingParameter',
    status: 400,
    message: 'The parameter  KeyId  needed but no provided.',
  })
  for (const fault of ['type', 'value', 'unknown'] as const) {
    t.same(wordError(new ParameterError(fault, 'PageSize'), ''), invalidParameter('PageSize'))
  }
  t.match(wordError(new ParameterError('value', 'Tags', 'Duplicate.TagKey'), ''), {
    code: 'Duplicate.TagKey',
  })
  const own = new WireError('Unsupported.Alias', 'text', 409)
  t.same(wordError(own, ''), { code: 'Unsupported.Alias', status: 409, message: 'text' })
})

/** The reply when the operation behind ListKeys throws. */
async function failing(error: unknown) {
  const client = await createClient()
  const kms = { ...client.kms, listKeys: () => Promise.reject(error) } as unknown as Kms
  const dialect = createAlibaba({
    ...client,
    kms,
    settings: { region, edition: 'auto', profile: 'on-prem', rates: {} },
  })
  const rawQuery = client.query({ Action: 'ListKeys' })
  return serve(
    dialect,
    {
      ...plainRequest,
      rawQuery,
    },
    { audit: client.audit, uses },
  )
}

t.test('what nobody foresaw is an internal failure that tells nothing and is logged', async (t) => {
  for (const error of [
    new TypeError(secret),
    new Error(secret),
    secret,
    undefined,
    kmsError('internal', { detail: secret }),
  ]) {
    const reply = await failing(error)
    t.equal(reply.status, 500)
    t.match(JSON.parse(reply.body), { Code: 'InternalFailure', HttpStatus: 500 })
    t.notMatch(reply.body, secret)
    t.equal(reply.cause, error)
  }
})

t.test('an unavailable token is logged too; a client’s mistake is not', async (t) => {
  const unavailable = kmsError('unavailable', { detail: secret })
  const reply = await failing(unavailable)
  t.equal(reply.status, 503)
  t.notMatch(reply.body, secret)
  t.equal(reply.cause, unavailable)
  t.notOk('cause' in (await failing(kmsError('key-not-found', { keyId }))))
})

t.test('who is throttled is told when to come back', async (t) => {
  const reply = await failing(kmsError('throttled', {}))
  t.equal(reply.status, 429)
  t.match(reply.headers['x-acs-retry-after'], /^\d+$/)
})
