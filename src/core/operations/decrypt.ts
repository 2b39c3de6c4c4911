// Opening a blob: the key version is the blob's, the context the caller's.
import { digestContext, note } from '../audit.ts'
import { kmsError } from '../errors.ts'
import { type Key, requireUse } from '../key.ts'
import { forRecipient, type Recipient } from '../recipient.ts'
import {
  bindingDigest,
  type EncryptionContext,
  type Envelope,
  isLayered,
  openBody,
  type Purpose,
} from '../sealed.ts'
import { type Caller, requireOwned, type Services } from '../services.ts'

export interface DecryptInput {
  readonly envelope: Envelope
  readonly context: EncryptionContext
  readonly recipient?: Recipient
}

/** `plaintext`, encrypted for the recipient if there is one, belongs to the caller of this operation, who wipes it. */
export interface Decrypted {
  readonly keyId: string
  readonly keyVersionId: string
  readonly purpose: Purpose
  readonly plaintext: Buffer
}

/** Throws `key-version-not-found`, `key-not-found`, `key-state-refuses-use`, `ciphertext-invalid`. */
export async function decrypt(services: Services, caller: Caller, input: DecryptInput): Promise<Decrypted> {
  const { envelope } = input
  note(caller, { context: digestContext(input.context) })
  const key = await keyOfEnvelope(services, { ...caller, context: input.context }, envelope)
  requireUse(key, 'decrypt')
  const opened = await openEnvelope(services, key, envelope, input.context)
  const plaintext = forRecipient(services, opened, input.recipient)
  return { keyId: key.id, keyVersionId: envelope.keyVersionId, purpose: envelope.purpose, plaintext }
}

/** The caller's key that sealed the envelope; throws `key-version-not-found`, `key-not-found` or `access-denied`. */
export async function keyOfEnvelope(services: Services, caller: Caller, envelope: Envelope): Promise<Key> {
  const { keyVersionId } = envelope
  const found = await services.store.keyOfVersion(keyVersionId)
  if (found === undefined || found.key.accountId !== caller.accountId) {
    throw kmsError('key-version-not-found', { keyVersionId })
  }
  const key = requireOwned(services, caller, found.key, found.key.id)
  note(caller, { keyId: key.id, keyVersionId, clusterId: key.clusterId })
  await services.authorize(caller, { accountId: key.accountId, keyId: key.id })
  return key
}

/** What clients may have opened; secrets and canaries are the service's own. */
const clientPurposes: readonly Purpose[] = ['data-key', 'long-data-key', 'data']

/** Unwraps, and opens the body of a layered envelope; the state was checked by the caller. */
export async function openEnvelope(
  services: Services,
  key: Key,
  envelope: Envelope,
  context: EncryptionContext,
): Promise<Buffer> {
  const { keyVersionId, purpose } = envelope
  if (!clientPurposes.includes(purpose)) throw kmsError('ciphertext-invalid', {})
  const binding = bindingDigest(purpose, keyVersionId, context)
  const secret = await services.hsm.unwrap(key.clusterId, keyVersionId, envelope, binding)
  if (!isLayered(purpose)) return secret
  try {
    return openBody(secret, envelope.body, binding)
  } finally {
    secret.fill(0)
  }
}
