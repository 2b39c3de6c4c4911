// Opening a blob: the key version is the blob's, the context the caller's.
import { digestContext, note } from '../audit.ts'
import { isKmsError, kmsError } from '../errors.ts'
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
import { type Caller, findSharedKey, type Services } from '../services.ts'

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

/**
 * The key that sealed the envelope, the caller's or one it is let at; throws `key-version-not-found`, `key-not-found` or
 * `access-denied`.
 */
export async function keyOfEnvelope(services: Services, caller: Caller, envelope: Envelope): Promise<Key> {
  const { keyVersionId } = envelope
  const found = await services.store.keyOfVersion(keyVersionId)
  if (found === undefined) throw kmsError('key-version-not-found', { keyVersionId })
  const { id: keyId, accountId } = found.key
  try {
    const key = await findSharedKey(services, caller, { keyId, accountId })
    note(caller, { keyVersionId })
    return key
  } catch (error) {
    // To others a blob of a key they are not let at is as good as any bytes.
    const unseen = accountId !== caller.accountId && isKmsError(error, 'key-not-found')
    throw unseen ? kmsError('key-version-not-found', { keyVersionId }) : error
  }
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
