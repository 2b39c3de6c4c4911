// Sealing bytes under a key's primary version: directly where the token takes them, in two layers otherwise.
import type { Key } from './key.ts'
import { bindingDigest, type EncryptionContext, type Envelope, type Purpose, sealBody } from './sealed.ts'
import type { Services } from './services.ts'

/** Bytes of the key that seals a layered body. */
const bodyKeyLength = 32

/** A fresh data key from the token with its envelope; the bytes are the caller's to wipe. */
export async function generateSealed(
  services: Services,
  key: Key,
  length: number,
  context: EncryptionContext,
): Promise<{ readonly bytes: Buffer; readonly envelope: Envelope }> {
  const { clusterId, primaryVersionId: keyVersionId } = key
  if (length > services.hsm.secretLimit(clusterId)) {
    const bytes = await services.hsm.random(clusterId, length)
    return { bytes, envelope: await sealLayered(services, key, 'long-data-key', bytes, context) }
  }
  const binding = bindingDigest('data-key', keyVersionId, context)
  const { bytes, ...sealed } = await services.hsm.generate(clusterId, keyVersionId, length, binding)
  return { bytes, envelope: { keyVersionId, purpose: 'data-key', body: Buffer.alloc(0), ...sealed } }
}

/** Seals a caller's data key. */
export async function sealDataKey(
  services: Services,
  key: Key,
  plaintext: Buffer,
  context: EncryptionContext,
): Promise<Envelope> {
  const { clusterId, primaryVersionId: keyVersionId } = key
  if (plaintext.length > services.hsm.secretLimit(clusterId)) {
    return sealLayered(services, key, 'long-data-key', plaintext, context)
  }
  const binding = bindingDigest('data-key', keyVersionId, context)
  const sealed = await services.hsm.wrap(clusterId, keyVersionId, plaintext, binding)
  return { keyVersionId, purpose: 'data-key', body: Buffer.alloc(0), ...sealed }
}

/** Seals a caller's data, of any length. */
export function sealData(
  services: Services,
  key: Key,
  plaintext: Buffer,
  context: EncryptionContext,
): Promise<Envelope> {
  return sealLayered(services, key, 'data', plaintext, context)
}

async function sealLayered(
  services: Services,
  { clusterId, primaryVersionId: keyVersionId }: Key,
  purpose: Purpose,
  plaintext: Buffer,
  context: EncryptionContext,
): Promise<Envelope> {
  const binding = bindingDigest(purpose, keyVersionId, context)
  const { bytes, ...sealed } = await services.hsm.generate(clusterId, keyVersionId, bodyKeyLength, binding)
  try {
    return { keyVersionId, purpose, body: sealBody(bytes, plaintext, binding), ...sealed }
  } finally {
    bytes.fill(0)
  }
}
