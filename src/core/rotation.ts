// A CMK gets a new version: row, object in the token, and only then the version that seals.
import { randomUUID } from 'node:crypto'
import { kmsError } from './errors.ts'
import type { Key } from './key.ts'
import type { StoreWriter } from './ports.ts'
import type { Services } from './services.ts'

/** The label of a key version's object in the token (`cmk/<keyId>/<version>`). */
export function keyLabel(keyId: string, version: number): string {
  return `cmk/${keyId}/${version}`
}

/**
 * Makes a new primary version of a key; older versions still open what they sealed. `check` may refuse by throwing,
 * inside the write that begins it. Throws `rotation-refused` (running) while another rotation is under way,
 * `key-not-found` when the key went meanwhile. Until it returns the old version is the primary one; a crash in between
 * is settled at the next start.
 */
export async function addVersion(
  services: Services,
  { id: keyId, clusterId }: Key,
  check: (writer: StoreWriter) => Promise<void>,
): Promise<Key> {
  const versionId = randomUUID()
  const number = await services.store.transact(async (writer) => {
    await check(writer)
    if (await writer.hasUnsettledVersion(keyId))
      throw kmsError('rotation-refused', { keyId, reason: 'running' })
    return writer.insertVersion(keyId, versionId, services.clock())
  })
  try {
    const { checkValue } = await services.hsm.createKey(clusterId, versionId, keyLabel(keyId, number))
    return await services.store.transact(async (writer) => {
      const key = await writer.key(keyId)
      if (key === undefined) throw kmsError('key-not-found', { keyId })
      const rotatedAt = services.clock()
      const rotationAt = key.rotationInterval === null ? null : rotatedAt + key.rotationInterval
      await writer.activateVersion(versionId, checkValue)
      await writer.setPrimaryVersion(keyId, versionId, rotatedAt)
      await writer.setRotation(keyId, key.rotationInterval, rotationAt)
      return { ...key, primaryVersionId: versionId, rotatedAt, rotationAt }
    })
  } catch (error) {
    await withdraw(services, clusterId, versionId)
    throw error
  }
}

// What cannot be undone now (the token is away) stays an unusable row, which the next start settles.
async function withdraw(services: Services, clusterId: string, versionId: string): Promise<void> {
  try {
    await services.hsm.destroyKey(clusterId, versionId)
    await services.store.transact((writer) => writer.removeVersion(versionId))
  } catch {
    // The error that brought us here is the one to report.
  }
}
