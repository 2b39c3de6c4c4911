// Moving a blob to another key, key version or context without showing its plaintext.
import { requireUse } from '../key.ts'
import { canonicalContext, type EncryptionContext, type Envelope } from '../sealed.ts'
import { sealData, sealDataKey } from '../sealing.ts'
import { type Caller, findSharedKey, type KeyReference, type Services } from '../services.ts'
import { keyOfEnvelope, openEnvelope } from './decrypt.ts'

export interface ReEncryptInput {
  readonly envelope: Envelope
  readonly sourceContext: EncryptionContext
  /** The source's own key when absent. */
  readonly destination?: KeyReference
  readonly destinationContext: EncryptionContext
  /** What the caller must be allowed on either key, where the cloud has a permission for each; its action otherwise. */
  readonly actions?: { readonly source: string; readonly destination: string }
}

export interface ReEncrypted {
  readonly sourceKeyId: string
  readonly keyId: string
  readonly envelope: Envelope
  /** False when key version and context were already the ones asked for: the envelope is then the given one. */
  readonly changed: boolean
}

/** Throws what decrypt throws for the source, and what encrypt throws for the destination. */
export async function reEncrypt(
  services: Services,
  caller: Caller,
  input: ReEncryptInput,
): Promise<ReEncrypted> {
  const { envelope } = input
  const as = (side: 'source' | 'destination') => ({
    ...caller,
    action: input.actions?.[side] ?? caller.action,
    context: side === 'source' ? input.sourceContext : input.destinationContext,
  })
  const source = await keyOfEnvelope(services, as('source'), envelope)
  requireUse(source, 'decrypt')
  const destination = input.destination ?? { keyId: source.id, accountId: source.accountId }
  const target = await findSharedKey(services, as('destination'), destination)
  requireUse(target, 'encrypt')
  const plaintext = await openEnvelope(services, source, envelope, input.sourceContext)
  try {
    const names = { sourceKeyId: source.id, keyId: target.id }
    const sameContext = canonicalContext(input.sourceContext) === canonicalContext(input.destinationContext)
    if (target.primaryVersionId === envelope.keyVersionId && sameContext) {
      return { ...names, envelope, changed: false }
    }
    const seal = envelope.purpose === 'data' ? sealData : sealDataKey
    return {
      ...names,
      envelope: await seal(services, target, plaintext, input.destinationContext),
      changed: true,
    }
  } finally {
    plaintext.fill(0)
  }
}
