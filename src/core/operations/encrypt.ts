// Encryption of a caller's bytes: a fresh key from the token, wrapped under the CMK, seals them.
import { digestContext, note } from '../audit.ts'
import { requireUse } from '../key.ts'
import type { EncryptionContext, Envelope } from '../sealed.ts'
import { sealData } from '../sealing.ts'
import { type Caller, findSharedKey, type KeyReference, type Services } from '../services.ts'

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
  const key = await findSharedKey(services, { ...caller, context: input.context }, input.key)
  requireUse(key, 'encrypt')
  const envelope = await sealData(services, key, input.plaintext, input.context)
  note(caller, { keyVersionId: envelope.keyVersionId, context: digestContext(input.context) })
  return { keyId: key.id, envelope }
}
