// A caller's own data key is kept: as a blob of ours, or as bytes to be wrapped under a CMK.
import { kmsError } from '../errors.ts'
import { type HostedMaterial, type Hosting, hostDataKey } from '../hosting.ts'
import { type Key, requireUse } from '../key.ts'
import { bindingDigest, type Envelope } from '../sealed.ts'
import { type Caller, findKey, requireCluster, type Services } from '../services.ts'
import { checkTags } from '../tags.ts'
import { keyOfEnvelope, openEnvelope } from './decrypt.ts'

/** Longest data key, in bytes. */
const longest = 1024

export interface ImportDataKeyInput {
  /** A blob without context, made under the CMK named if one is; or bytes and the CMK to wrap them under. */
  readonly material:
    | { readonly envelope: Envelope; readonly keyId?: string }
    | { readonly plaintext: Buffer; readonly keyId: string }
  readonly hosting: Hosting
  readonly clusterId?: string
}

/**
 * Plaintext is wiped. Throws what decrypt and generate throw; `ciphertext-invalid` for a blob that does not open or
 * is too long, `key-not-found` when the blob is another CMK's; `data-key-quota-exceeded`, `data-key-name-exists`.
 */
export async function importDataKey(
  services: Services,
  caller: Caller,
  { material, hosting, clusterId }: ImportDataKeyInput,
): Promise<{ readonly keyId: string; readonly dataKeyId: string }> {
  checkTags(services, hosting.tags)
  const key =
    'envelope' in material
      ? await keyOfEnvelope(services, caller, material.envelope)
      : await findKey(services, caller, { keyId: material.keyId })
  if (material.keyId !== undefined && material.keyId !== key.id) {
    throw kmsError('key-not-found', { keyId: material.keyId })
  }
  requireCluster(key, clusterId)
  requireUse(key, 'encrypt')
  const sealed =
    'envelope' in material
      ? await check(services, key, material.envelope)
      : await wrap(services, key, material.plaintext)
  const dataKey: HostedMaterial = { ...sealed, keyId: key.id, origin: 'imported', context: {} }
  return { keyId: key.id, dataKeyId: await hostDataKey(services, caller, hosting, dataKey) }
}

async function check(services: Services, key: Key, envelope: Envelope) {
  const plaintext = await openEnvelope(services, key, envelope, {})
  const { length } = plaintext
  plaintext.fill(0)
  if (length === 0 || length > longest) throw kmsError('ciphertext-invalid', {})
  return { envelope, length }
}

async function wrap(services: Services, key: Key, plaintext: Buffer) {
  const keyVersionId = key.primaryVersionId
  try {
    const binding = bindingDigest('data-key', keyVersionId, {})
    const wrapped = await services.hsm.wrap(key.clusterId, keyVersionId, plaintext, binding)
    const envelope = { keyVersionId, purpose: 'data-key', body: Buffer.alloc(0), ...wrapped } as const
    return { envelope, length: plaintext.length }
  } finally {
    plaintext.fill(0)
  }
}
