// The Brake port in this process's memory: failures in a row are counted per address, and too many are answered by a pause.
import { RateLimiterMemory } from 'rate-limiter-flexible'
import type { Brake } from '../core/ports.ts'

/** Times in seconds. */
export interface BrakeOptions {
  /** In a row, that is without a success between them. */
  readonly failures: number
  /** After which a first failure and those that followed it are forgotten. */
  readonly window: number
  /** How long an address is refused. */
  readonly pause: number
  /** An address has begun to be refused. */
  readonly onPause: (address: string) => void
}

/** A brake for one process; several processes count each for themselves. */
export function createBrake({ failures, window, pause, onPause }: BrakeOptions): Brake {
  const limiter = new RateLimiterMemory({ points: failures, duration: window })
  const refused = new RateLimiterMemory({ points: Number.MAX_SAFE_INTEGER, duration: pause })
  return {
    async held(address) {
      const counted = await limiter.get(networkOf(address))
      // A pause is one point more than the failures that lead to it.
      if (counted === null || counted.consumedPoints <= failures) return undefined
      const { consumedPoints } = await refused.consume(networkOf(address))
      return { retryAfter: counted.msBeforeNext, first: consumedPoints === 1 }
    },
    async failed(address) {
      const { consumedPoints } = await limiter.penalty(networkOf(address))
      if (consumedPoints !== failures) return
      await Promise.all([limiter.block(networkOf(address), pause), refused.delete(networkOf(address))])
      onPause(address)
    },
    async succeeded(address) {
      await limiter.delete(networkOf(address))
    },
  }
}

/**
 * What counts as one address: an IPv4 address, also when IPv6 dresses it, and the first half of an IPv6 address,
 * for whoever has one has all that share it.
 */
export function networkOf(address: string): string {
  const plain = address.replace(/^::ffff:(?=\d+\.)/i, '')
  if (!plain.includes(':')) return plain
  const [left = '', right = ''] = plain.split('::')
  const [before, after] = [left, right].map((half) => half.split(':').filter((group) => group !== ''))
  const [head = [], tail = []] = [before, after]
  const zeros = Array.from({ length: Math.max(0, 8 - head.length - tail.length) }, () => '0')
  return [...head, ...zeros, ...tail].slice(0, 4).join(':')
}
