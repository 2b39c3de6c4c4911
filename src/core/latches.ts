// Members whose PIN was refused, kept in the store: no restart tries a PIN again that a token may be counting.
import type { Store } from './ports.ts'

const prefix = 'latch/'

const settingOf = (clusterId: string, member: string) => `${prefix}${clusterId}/${member}`

export interface Latches {
  isLatched(clusterId: string, member: string): boolean
  latch(clusterId: string, member: string): Promise<void>
}

/** The latches as they are now; those set later are seen too, those opened elsewhere are not. */
export async function readLatches(store: Store): Promise<Latches> {
  const latched = new Set(await store.settingNames(prefix))
  return {
    isLatched: (clusterId, member) => latched.has(settingOf(clusterId, member)),
    async latch(clusterId, member) {
      const name = settingOf(clusterId, member)
      latched.add(name)
      await store.transact((writer) => writer.setSetting(name, 'pin-refused'))
    },
  }
}

/** Opens a latch after an operator has seen to the PIN; false when there is none. */
export async function openLatch(store: Store, clusterId: string, member: string): Promise<boolean> {
  const name = settingOf(clusterId, member)
  if ((await store.setting(name)) === undefined) return false
  await store.transact((writer) => writer.removeSetting(name))
  return true
}
