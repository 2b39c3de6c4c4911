// A caller's own data key is kept: as a blob of ours, or as bytes to be wrapped under a CMK.
import { note } from '../audit.ts'
import { kmsError } from '../errors.ts'
import { type HostedMaterial, type Hosting, hostDataKey } from '../hosting.ts'
import { type Key, requireUse } from '../key.ts'
import type { Envelope } from '../sealed.ts'
import { sealDataKey } from '../sealing.ts'
import { type Caller, findKey, requireCluster, requireOwned, type Services } from '../services.ts'
import { checkTags } from '../tags.ts'
import { keyOfEnvelope, openEnvelope } from './decrypt.ts'

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
 * is not a data key's, `key-not-found` when the blob is another CMK's; `data-key-quota-exceeded`, `data-key-name-exists`.
 */
export async function importDataKey(
  services: Services,
  caller: Caller,
  input: ImportDataKeyInput,
): Promise<{ readonly keyId: string; readonly dataKeyId: string }> {
  try {
    return await importMaterial(services, caller, input)
  } finally {
    if ('plaintext' in input.material) input.material.plaintext.fill(0)
  }
}

async function importMaterial(
  services: Services,
  caller: Caller,
  { material, hosting, clusterId }: ImportDataKeyInput,
) {
  checkTags(services, hosting.tags)
  const key =
    'envelope' in material
      ? await keyOfEnvelope(services, caller, material.envelope)
      : await findKey(services, caller, { keyId: material.keyId })
  if (material.keyId !== undefined && material.keyId !== key.id) {
    throw kmsError('key-not-found', { keyId: material.keyId })
  }
  // Another account's key may be open to this one, but what it hosts is under its own.
  requireOwned(services, caller, key, key.id)
  requireCluster(key, clusterId)
  requireUse(key, 'encrypt')
  const sealed =
    'envelope' in material
      ? await check(services, key, material.envelope)
      : {
          envelope: await sealDataKey(services, key, material.plaintext, {}),
          length: material.plaintext.length,
        }
  const dataKey: HostedMaterial = { ...sealed, keyId: key.id, origin: 'imported', context: {} }
  const dataKeyId = await hostDataKey(services, caller, hosting, dataKey)
  note(caller, { dataKeyId })
  return { keyId: key.id, dataKeyId }
}

// Only a data key's blob: what Encrypt sealed is for Decrypt alone to open.
async function check(services: Services, key: Key, envelope: Envelope) {
  if (envelope.purpose === 'data') throw kmsError('ciphertext-invalid', {})
  const plaintext = await openEnvelope(services, key, envelope, {})
  const { length } = plaintext
  plaintext.fill(0)
  return { envelope, length }
}
