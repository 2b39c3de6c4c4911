// Encryption of a caller's bytes: a fresh key from the token, wrapped under the CMK, seals them.
import { type Key, requireUse } from '../key.ts'
import { bindingDigest, type EncryptionContext, type Envelope, sealBody } from '../sealed.ts'
import { type Caller, findKey, type KeyReference, type Services } from '../services.ts'

const bodyKeyLength = 32

export interface EncryptInput {
  readonly key: KeyReference
  readonly plaintext: Buffer
  readonly context: EncryptionContext
}

export interface Encrypted {
  readonly keyId: string
  readonly envelope: Envelope
}

/** Throws `key-not-found`, `alias-not-found`, `key-state-refuses-use`. */
export async function encrypt(services: Services, caller: Caller, input: EncryptInput): Promise<Encrypted> {
  const key = await findKey(services, caller, input.key)
  requireUse(key, 'encrypt')
  return { keyId: key.id, envelope: await sealData(services, key, input.plaintext, input.context) }
}

/** Seals bytes under the key's primary version; the state was checked by the caller. */
export async function sealData(
  services: Services,
  key: Key,
  plaintext: Buffer,
  context: EncryptionContext,
): Promise<Envelope> {
  const keyVersionId = key.primaryVersionId
  const binding = bindingDigest('data', keyVersionId, context)
  const generated = await services.hsm.generate(key.clusterId, keyVersionId, bodyKeyLength, binding)
  try {
    const body = sealBody(generated.bytes, plaintext, binding)
    return { keyVersionId, strategy: generated.strategy, purpose: 'data', wrapped: generated.wrapped, body }
  } finally {
    generated.bytes.fill(0)
  }
}
