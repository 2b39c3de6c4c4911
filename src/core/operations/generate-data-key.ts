// A data key: bytes born in the token, returned in clear and wrapped under the CMK's primary version.
import { requireUse } from '../key.ts'
import { forRecipient, type Recipient } from '../recipient.ts'
import { bindingDigest, type EncryptionContext, type Envelope } from '../sealed.ts'
import { type Caller, findKey, type KeyReference, requireCluster, type Services } from '../services.ts'

export interface GenerateDataKeyInput {
  readonly key: KeyReference
  /** Bytes, 1 to 1024. */
  readonly length: number
  readonly context: EncryptionContext
  /** The cluster the caller believes the key to be in. */
  readonly clusterId?: string
  readonly recipient?: Recipient
}

/** `plaintext`, encrypted for the recipient if there is one, belongs to the caller of this operation, who wipes it. */
export interface DataKey {
  readonly keyId: string
  readonly plaintext: Buffer
  readonly envelope: Envelope
}

/** Throws `key-not-found`, `alias-not-found`, `cluster-invalid`, `key-state-refuses-use`, `public-key-encryption-failed`. */
export async function generateDataKey(
  services: Services,
  caller: Caller,
  input: GenerateDataKeyInput,
): Promise<DataKey> {
  const key = await findKey(services, caller, input.key)
  requireCluster(key, input.clusterId)
  requireUse(key, 'encrypt')
  const keyVersionId = key.primaryVersionId
  const binding = bindingDigest('data-key', keyVersionId, input.context)
  const { bytes, wrapped, strategy } = await services.hsm.generate(
    key.clusterId,
    keyVersionId,
    input.length,
    binding,
  )
  const envelope: Envelope = { keyVersionId, strategy, purpose: 'data-key', wrapped, body: Buffer.alloc(0) }
  return { keyId: key.id, plaintext: forRecipient(services, bytes, input.recipient), envelope }
}
