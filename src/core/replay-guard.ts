// Values that must not come twice, such as signature nonces; remembered in memory for as long as they matter.
import type { Clock } from './ports.ts'

/** Remembers values until their lifetime (ms) is over. */
export interface ReplayGuard {
  /** True the first time a value is seen within its lifetime, false afterwards. */
  first(value: string, lifetime: number): Promise<boolean>
}

/**
 * A guard in this process's memory. Values are dropped in the order they came, so lifetimes should be alike.
 * At the clouds' rates and a lifetime of half an hour it holds a few million short texts at most.
 */
export function createReplayGuard(clock: Clock): ReplayGuard {
  const expiries = new Map<string, number>()
  return {
    async first(value, lifetime) {
      const now = clock()
      for (const [oldest, expiry] of expiries) {
        if (expiry > now) break
        expiries.delete(oldest)
      }
      if ((expiries.get(value) ?? 0) > now) return false
      expiries.delete(value)
      expiries.set(value, now + lifetime)
      return true
    },
  }
}
