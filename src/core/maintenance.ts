// Work nobody asked for: settling what a crash cut off, destroying and rotating keys whose date has come.
import type { UnsettledKey } from './ports.ts'
import { addVersion } from './rotation.ts'
import type { Services } from './services.ts'

/** What was settled; keys whose token did not answer stay unusable and are tried again next time. */
export interface Settled {
  readonly withdrawn: readonly string[]
  readonly destroyed: readonly string[]
  readonly failed: readonly string[]
  /** Versions of rotations that were cut off, whose keys keep the version they had. */
  readonly versions: readonly string[]
}

/** Longer than any creation can take, and than the clocks of two nodes may differ. */
export const creationAge = 600_000

/**
 * Gives up creations of keys and versions that are older than `age` (ms): whoever is still making one cannot make it
 * usable any more. The store alone is asked.
 */
export async function giveUpUnfinished(services: Services, age: number): Promise<void> {
  const { store, clock } = services
  const isOld = ({ createdAt }: { readonly createdAt: number }) => createdAt <= clock() - age
  for (const { keyId, state } of (await store.unsettledKeys()).filter(isOld)) {
    if (state === 'Creating') await store.transact((writer) => writer.giveUpKey(keyId))
  }
  for (const { versionId } of (await store.unsettledVersions()).filter(isOld)) {
    await store.transact((writer) => writer.giveUpVersion(versionId))
  }
}

/**
 * Settles creations and destructions that a crash, or a token that was away, cut off. A key in creation was
 * never acknowledged, so its object is destroyed and its rows go; a destruction that had begun is finished.
 * `age` (ms) spares creations younger than that, which may still be under way.
 */
export async function settleKeys(services: Services, age = 0): Promise<Settled> {
  const unfinished = (await services.store.unsettledKeys()).filter(({ state }) => state === 'Creating')
  await giveUpUnfinished(services, age)
  const settled = {
    withdrawn: [] as string[],
    destroyed: [] as string[],
    failed: [] as string[],
    versions: await settleVersions(services),
  }
  for (const key of await services.store.unsettledKeys()) {
    if (key.state === 'Creating') continue
    const created = unfinished.some(({ keyId }) => keyId === key.keyId)
    const list = created ? settled.withdrawn : settled.destroyed
    const done = await destroy(services, key)
    ;(done ? list : settled.failed).push(key.keyId)
  }
  return settled
}

async function settleVersions(services: Services): Promise<string[]> {
  const settled: string[] = []
  for (const { versionId, clusterId, givenUp } of await services.store.unsettledVersions()) {
    if (!givenUp) continue
    try {
      await services.hsm.destroyKey(clusterId, versionId)
    } catch {
      // The token is away; nothing uses the version until the next time.
      continue
    }
    await services.store.transact((writer) => writer.removeVersion(versionId))
    settled.push(versionId)
  }
  return settled
}

/** Rotations that were due. */
export interface Rotated {
  readonly rotated: readonly string[]
  /** Keys that could not be rotated; they are tried again next time. */
  readonly failed: readonly { readonly keyId: string; readonly cause: string }[]
}

/** Gives every enabled key whose rotation is due a new primary version. */
export async function rotateDueKeys(services: Services): Promise<Rotated> {
  const rotated: string[] = []
  const failed: Rotated['failed'][number][] = []
  for (const key of await services.store.rotationsDue(services.clock())) {
    try {
      if (await rotateIfDue(services, key.id)) rotated.push(key.id)
    } catch (error) {
      failed.push({ keyId: key.id, cause: error instanceof Error ? error.message : String(error) })
    }
  }
  return { rotated, failed }
}

class NotDue extends Error {}

// Looked at again in the write that begins it: much may have happened to the key since the list was made.
async function rotateIfDue(services: Services, keyId: string): Promise<boolean> {
  try {
    await addVersion(services, keyId, async (key) => {
      if (key.state !== 'Enabled' || key.rotationAt === null || key.rotationAt > services.clock())
        throw new NotDue()
    })
    return true
  } catch (error) {
    if (error instanceof NotDue) return false
    throw error
  }
}

/**
 * Destroys the keys whose deletion date has come: gone for clients first, then from the token, then the rows.
 * Hosted data keys whose date has come go too.
 */
export async function destroyDueKeys(services: Services): Promise<Settled> {
  const { store, clock } = services
  // Most rounds find none, and a transaction would make every process read its rows anew.
  if (await store.hasDueDataKeys(clock())) {
    await store.transact((writer) => writer.removeDueDataKeys(clock()))
  }
  for (const keyId of await store.dueKeys(clock())) {
    await store.transact((writer) => writer.markDestroying(keyId))
  }
  return settleKeys(services, creationAge)
}

async function destroy(services: Services, key: UnsettledKey): Promise<boolean> {
  try {
    for (const versionId of key.versionIds) await services.hsm.destroyKey(key.clusterId, versionId)
  } catch {
    return false
  }
  await services.store.transact((writer) => writer.removeKey(key.keyId))
  return true
}
