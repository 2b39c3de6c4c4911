// A data key: bytes born in the token, returned in clear and wrapped under the CMK's primary version.
import { digestContext, note } from '../audit.ts'
import { type Hosting, hostDataKey } from '../hosting.ts'
import { requireUse } from '../key.ts'
import { forRecipient, type Recipient } from '../recipient.ts'
import type { EncryptionContext, Envelope } from '../sealed.ts'
import { generateSealed } from '../sealing.ts'
import { type Caller, findSharedKey, type KeyReference, requireCluster, type Services } from '../services.ts'
import { checkTags } from '../tags.ts'

export interface GenerateDataKeyInput {
  readonly key: KeyReference
  /** Bytes, 1 to 1024. */
  readonly length: number
  readonly context: EncryptionContext
  /** The cluster the caller believes the key to be in. */
  readonly clusterId?: string
  readonly recipient?: Recipient
  /** Present when the service is to keep the data key. */
  readonly hosting?: Hosting
}

/** `plaintext`, encrypted for the recipient if there is one, belongs to the caller of this operation, who wipes it. */
export interface GeneratedDataKey {
  readonly keyId: string
  readonly plaintext: Buffer
  readonly envelope: Envelope
  /** Of a hosted one. */
  readonly dataKeyId?: string
}

/**
 * Throws `key-not-found`, `alias-not-found`, `cluster-invalid`, `key-state-refuses-use`,
 * `public-key-encryption-failed`; to be hosted, also `tag-keys-duplicated`, `tag-not-existed`, `tagging-failed`,
 * `cmk-quota-exceeded`, `data-key-quota-exceeded`, `data-key-name-exists`.
 */
export async function generateDataKey(
  services: Services,
  caller: Caller,
  input: GenerateDataKeyInput,
): Promise<GeneratedDataKey> {
  const { hosting, length, context } = input
  note(caller, { context: digestContext(context) })
  if (hosting !== undefined) checkTags(services, hosting.tags)
  const key = await findSharedKey(services, { ...caller, context }, input.key)
  requireCluster(key, input.clusterId)
  requireUse(key, 'encrypt')
  const { bytes, envelope } = await generateSealed(services, key, length, context)
  note(caller, { keyVersionId: envelope.keyVersionId })
  const plaintext = forRecipient(services, bytes, input.recipient)
  if (hosting === undefined) return { keyId: key.id, plaintext, envelope }
  const material = { keyId: key.id, length, origin: 'generated', envelope, context } as const
  try {
    const dataKeyId = await hostDataKey(services, caller, hosting, material)
    note(caller, { dataKeyId })
    return { keyId: key.id, plaintext, envelope, dataKeyId }
  } catch (error) {
    plaintext.fill(0)
    throw error
  }
}
