// The RateLimiter port in this process's memory: requests are counted per subject and second.
import { RateLimiterMemory } from 'rate-limiter-flexible'
import type { RateLimiter } from '../core/ports.ts'

/**
 * A limiter whose second begins with a subject's first request, and begins anew with the first one after its end. Over
 * any longer time it lets in the rate and no more. A subject has one count, whatever rate it is held against.
 */
export function createMemoryLimiter(): RateLimiter {
  const limiter = new RateLimiterMemory({ points: Number.MAX_SAFE_INTEGER, duration: 1 })
  return {
    async take(subject, rate) {
      const { consumedPoints, msBeforeNext } = await limiter.consume(subject)
      return consumedPoints <= rate ? 0 : Math.max(1, msBeforeNext)
    },
  }
}
