// A CMK gets a new version: row, object in the token, and only then the version that seals.
import { randomUUID } from 'node:crypto'
import { kmsError } from './errors.ts'
import type { Key } from './key.ts'
import type { BegunVersion, StoreWriter } from './ports.ts'
import type { Services } from './services.ts'

/** The label of a key version's object in the token (`cmk/<keyId>/<version>`). */
export function keyLabel(keyId: string, version: number): string {
  return `cmk/${keyId}/${version}`
}

/**
 * Gives up a version whose object may be on some token, and begins another one in its place. Throws `key-not-found` when
 * the key is gone.
 */
export async function renewVersion(
  services: Services,
  keyId: string,
  versionId: string,
): Promise<BegunVersion> {
  const keyVersionId = randomUUID()
  const number = await services.store.transact(async (writer) => {
    if ((await writer.giveUpVersion(versionId)) !== 'given-up') throw kmsError('key-not-found', { keyId })
    return writer.insertVersion(keyId, keyVersionId, services.clock())
  })
  return { keyVersionId, label: keyLabel(keyId, number) }
}

/**
 * Makes a new primary version of a key; older versions still open what they sealed. `check` sees the key as it is in the
 * write that begins it, and refuses by throwing. Throws `rotation-refused` (running) while another rotation is under
 * way, `key-not-found` when the key is gone. Until it returns the old version is the primary one; what a crash, or a
 * token that is away, cuts off is settled by maintenance.
 */
export async function addVersion(
  services: Services,
  keyId: string,
  check: (key: Key, writer: StoreWriter) => Promise<void>,
): Promise<Key> {
  let versionId: string = randomUUID()
  const begun = await services.store.transact(async (writer) => {
    const key = await requireKey(writer, keyId)
    await check(key, writer)
    if (await writer.hasUnsettledVersion(keyId))
      throw kmsError('rotation-refused', { keyId, reason: 'running' })
    return {
      clusterId: key.clusterId,
      number: await writer.insertVersion(keyId, versionId, services.clock()),
    }
  })
  try {
    const label = keyLabel(keyId, begun.number)
    const { checkValue } = await services.hsm.createKey(begun.clusterId, versionId, label, async () => {
      const renewed = await renewVersion(services, keyId, versionId)
      versionId = renewed.keyVersionId
      return renewed
    })
    return await services.store.transact(async (writer) => {
      const key = await requireKey(writer, keyId)
      if (!(await writer.activateVersion(versionId, checkValue))) {
        throw kmsError('rotation-refused', { keyId, reason: 'running' })
      }
      const rotatedAt = services.clock()
      const rotationAt = key.rotationInterval === null ? null : rotatedAt + key.rotationInterval
      await writer.setPrimaryVersion(keyId, versionId, rotatedAt)
      await writer.setRotation(keyId, key.rotationInterval, rotationAt)
      return { ...key, primaryVersionId: versionId, rotatedAt, rotationAt }
    })
  } catch (error) {
    await withdraw(services, begun.clusterId, versionId)
    throw error
  }
}

async function requireKey(writer: StoreWriter, keyId: string): Promise<Key> {
  const key = await writer.key(keyId)
  if (key === undefined) throw kmsError('key-not-found', { keyId })
  return key
}

// What cannot be undone now (the token is away) stays an unusable row, which maintenance settles. A write whose
// acknowledgement was lost may have made the version usable: then it stays.
async function withdraw(services: Services, clusterId: string, versionId: string): Promise<void> {
  try {
    const now = await services.store.transact((writer) => writer.giveUpVersion(versionId))
    if (now === 'usable') return
    await services.hsm.destroyKey(clusterId, versionId)
    await services.store.transact((writer) => writer.removeVersion(versionId))
  } catch {
    // The error that brought us here is the one to report.
  }
}
