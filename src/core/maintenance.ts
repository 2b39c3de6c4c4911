// Work nobody asked for: settling what a crash cut off, destroying keys whose date has come.
import type { UnsettledKey } from './ports.ts'
import type { Services } from './services.ts'

/** What was settled; keys whose token did not answer stay unusable and are tried again next time. */
export interface Settled {
  readonly withdrawn: readonly string[]
  readonly destroyed: readonly string[]
  readonly failed: readonly string[]
}

/**
 * Settles creations and destructions that a crash, or a token that was away, cut off. A key in creation was
 * never acknowledged, so its object is destroyed and its rows go; a destruction that had begun is finished.
 * `age` (ms) spares creations younger than that, which may still be under way; at start it is 0.
 */
export async function settleKeys(services: Services, age = 0): Promise<Settled> {
  const settled = { withdrawn: [] as string[], destroyed: [] as string[], failed: [] as string[] }
  for (const key of await services.store.unsettledKeys()) {
    const creating = key.state === 'Creating'
    if (creating && key.createdAt > services.clock() - age) continue
    const list = creating ? settled.withdrawn : settled.destroyed
    const done = await destroy(services, key)
    ;(done ? list : settled.failed).push(key.keyId)
  }
  return settled
}

/** Longer than any creation can take. */
const creationAge = 600_000

/**
 * Destroys the keys whose deletion date has come: gone for clients first, then from the token, then the rows.
 * Hosted data keys whose date has come go too.
 */
export async function destroyDueKeys(services: Services): Promise<Settled> {
  await services.store.transact((writer) => writer.removeDueDataKeys(services.clock()))
  for (const keyId of await services.store.dueKeys(services.clock())) {
    await services.store.transact((writer) => writer.markDestroying(keyId))
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
