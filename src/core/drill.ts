// A recovery drill: blobs made before a backup that must open after its restoration, one per cluster.
import { createHash } from 'node:crypto'
import { bindingDigest, decodeSealed, encodeSealed } from './sealed.ts'
import type { Services } from './services.ts'

/** A blob and what it must open to; no plaintext. */
export interface Drill {
  readonly clusterId: string
  readonly keyId: string
  /** Base64 of key version and envelope. */
  readonly sealed: string
  /** SHA-256 of the plaintext, hex. */
  readonly digest: string
}

const length = 32
const context = { purpose: 'recovery drill' }

/** Makes a data key under one enabled CMK of each cluster; a cluster without one is left out. */
export async function makeDrills(services: Services): Promise<readonly Drill[]> {
  const drills = await Promise.all(
    services.hsm.clusters.map(async ({ id: clusterId }) => {
      const key = await services.store.enabledKey(clusterId)
      if (key === undefined) return []
      const keyVersionId = key.primaryVersionId
      const binding = bindingDigest('data-key', keyVersionId, context)
      const { bytes, ...made } = await services.hsm.generate(clusterId, keyVersionId, length, binding)
      const digest = digestOf(bytes)
      const envelope = { keyVersionId, purpose: 'data-key', body: Buffer.alloc(0), ...made } as const
      return [{ clusterId, keyId: key.id, sealed: encodeSealed(envelope).toString('base64'), digest }]
    }),
  )
  return drills.flat()
}

/** True when the blob opens to what it did. Throws what unwrapping throws. */
export async function runDrill(services: Services, { clusterId, sealed, digest }: Drill): Promise<boolean> {
  const envelope = decodeSealed(Buffer.from(sealed, 'base64'))
  const binding = bindingDigest('data-key', envelope.keyVersionId, context)
  const bytes = await services.hsm.unwrap(clusterId, envelope.keyVersionId, envelope, binding)
  return digestOf(bytes) === digest
}

function digestOf(bytes: Buffer): string {
  const digest = createHash('sha256').update(bytes).digest('hex')
  bytes.fill(0)
  return digest
}
