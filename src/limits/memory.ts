// The RateLimiter port in this process's memory: requests are counted per subject and second.
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible'
import type { RateLimiter } from '../core/ports.ts'

/**
 * A limiter whose second begins with a subject's first request, and begins anew with the first one after its end. Over
 * any longer time it lets in the rate and no more.
 */
export function createMemoryLimiter(): RateLimiter {
  const limiters = new Map<number, RateLimiterMemory>()
  return {
    async take(subject, rate) {
      let limiter = limiters.get(rate)
      if (limiter === undefined) {
        limiter = new RateLimiterMemory({ points: rate, duration: 1 })
        limiters.set(rate, limiter)
      }
      try {
        await limiter.consume(subject)
        return 0
      } catch (refused) {
        if (refused instanceof RateLimiterRes) return Math.max(1, refused.msBeforeNext)
        throw refused
      }
    },
  }
}
