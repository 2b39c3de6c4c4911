// When access keys were last used: kept in memory by each process, written now and then.
import type { Clock, Store } from './ports.ts'

/** Collects uses. */
export interface LastUses {
  /** An access key has signed a request rightly. */
  note(accessKeyId: string): void
  /** Writes what was noted since. Throws what the store throws; what was noted is then kept for the next time. */
  flush(): Promise<void>
}

/** Makes the collection. A use may be written a minute late, and is lost when the process is killed meanwhile. */
export function createLastUses(store: Pick<Store, 'noteUses'>, clock: Clock): LastUses {
  const uses = new Map<string, number>()
  return {
    note: (accessKeyId) => void uses.set(accessKeyId, clock()),
    async flush() {
      if (uses.size === 0) return
      const noted = [...uses]
      await store.noteUses(noted)
      for (const [accessKeyId, time] of noted) {
        if (uses.get(accessKeyId) === time) uses.delete(accessKeyId)
      }
    },
  }
}
