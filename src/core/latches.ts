// Members whose PIN was refused, kept in the store: no restart and no other process tries a PIN again that a token may be counting.
import type { Store } from './ports.ts'

const settingOf = (clusterId: string, member: string) => `latch/${clusterId}/${member}`

export interface Latches {
  /** As the store has it now: another process may have set or opened it. */
  isLatched(clusterId: string, member: string): Promise<boolean>
  latch(clusterId: string, member: string): Promise<void>
}

/** The latches of a store. */
export function createLatches(store: Store): Latches {
  return {
    isLatched: async (clusterId, member) => (await store.setting(settingOf(clusterId, member))) !== undefined,
    latch: (clusterId, member) =>
      store.transact((writer) => writer.setSetting(settingOf(clusterId, member), 'pin-refused')),
  }
}

/** Opens a latch after an operator has seen to the PIN; false when there is none. */
export async function openLatch(store: Store, clusterId: string, member: string): Promise<boolean> {
  const name = settingOf(clusterId, member)
  if ((await store.setting(name)) === undefined) return false
  await store.transact((writer) => writer.removeSetting(name))
  return true
}
