// The bytes of a hosted data key, in clear or for the holder of a private key.
import { requireDataKeyUse } from '../data-key.ts'
import { requireUse } from '../key.ts'
import { forRecipient, type Recipient } from '../recipient.ts'
import { type Caller, findDataKey, findKey, type Services } from '../services.ts'
import { openEnvelope } from './decrypt.ts'

export interface OpenDataKeyInput {
  readonly dataKeyId: string
  readonly recipient?: Recipient
}

/**
 * The plaintext, the caller's to wipe. Throws `data-key-not-found`, `data-key-state-refuses-use`, `key-not-found`,
 * `key-state-refuses-use`, `public-key-encryption-failed`.
 */
export async function openDataKey(
  services: Services,
  caller: Caller,
  { dataKeyId, recipient }: OpenDataKeyInput,
): Promise<Buffer> {
  const dataKey = await findDataKey(services, caller, dataKeyId)
  requireDataKeyUse(dataKey)
  const key = await findKey(services, caller, { keyId: dataKey.keyId })
  requireUse(key, 'decrypt')
  const plaintext = await openEnvelope(services, key, dataKey.envelope, dataKey.context)
  return forRecipient(services, plaintext, recipient)
}
