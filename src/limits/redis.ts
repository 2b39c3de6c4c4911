// Limits that all nodes share in Valkey or Redis; while it is away each node goes on by itself.
import { createHash } from 'node:crypto'
import { Redis } from 'ioredis'
import { RateLimiterRedis } from 'rate-limiter-flexible'
import type { RateLimiter } from '../core/ports.ts'
import type { ReplayGuard } from '../core/replay-guard.ts'

/** Limits of one node. */
export interface Limits {
  readonly limiter: RateLimiter
  readonly replay: ReplayGuard
}

/** Limits that may be cut off from those of other nodes. */
export interface SharedLimits extends Limits {
  /** Why nothing is shared now; undefined while it is. */
  readonly problem: string | undefined
  close(): Promise<void>
}

/** Milliseconds an answer may take before the node goes on alone. */
const patience = 250
const probeInterval = 500
const prefix = 'p11kms'

/**
 * Counts and remembers at `url` (`redis://…`), and in `own` whatever cannot be asked there. Resolves when it is known
 * whether Redis is there. `onChange` hears that it is away (with the reason) and that it is back (without). Nothing
 * here throws: nobody is refused because Redis is away.
 */
export async function createRedisLimits(
  url: string,
  own: Limits,
  onChange: (problem: string | undefined) => void,
): Promise<SharedLimits> {
  const redis = new Redis(url, {
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    connectTimeout: 2000,
    commandTimeout: patience,
    retryStrategy: (tries) => Math.min(tries * 50, 1000),
  })
  const counter = new RateLimiterRedis({
    storeClient: redis,
    keyPrefix: `${prefix}:rate`,
    points: Number.MAX_SAFE_INTEGER,
    duration: 1,
  })
  const known = Promise.withResolvers<void>()
  let away = true
  let problem: string | undefined
  const lose = (error: unknown) => {
    away = true
    known.resolve()
    if (problem !== undefined) return
    problem = error instanceof Error ? error.message : String(error)
    onChange(problem)
  }
  // A write, because a replica and a full server answer everything else.
  const probe = async () => {
    if (!away || redis.status !== 'ready') return
    await redis.set(`${prefix}:probe`, '1', 'PX', 1000)
    away = false
    known.resolve()
    if (problem === undefined) return
    problem = undefined
    onChange(undefined)
  }
  redis.on('error', lose)
  redis.on('close', () => lose('the connection was lost'))
  redis.on('ready', () => void probe().catch(lose))
  const timer = setInterval(() => void probe().catch(lose), probeInterval).unref()
  await known.promise
  const share = async <Answer>(
    ask: () => Promise<Answer>,
    alone: () => Answer | Promise<Answer>,
  ): Promise<Answer> => {
    if (away) return alone()
    try {
      return await ask()
    } catch (error) {
      lose(error)
      return alone()
    }
  }
  return {
    get problem() {
      return problem
    },
    limiter: {
      take: (subject, rate) =>
        share(
          async () => {
            const { consumedPoints, msBeforeNext } = await counter.consume(subject)
            return consumedPoints <= rate ? 0 : Math.max(1, msBeforeNext)
          },
          () => own.limiter.take(subject, rate),
        ),
    },
    replay: {
      // The node remembers too, so that what it has seen is refused when Redis goes.
      async first(value, lifetime) {
        if (!(await own.replay.first(value, lifetime))) return false
        return share(
          async () => (await redis.set(nonceKey(value), '1', 'PX', lifetime, 'NX')) === 'OK',
          () => true,
        )
      },
    },
    async close() {
      clearInterval(timer)
      redis.removeAllListeners('close')
      redis.disconnect()
    },
  }
}

// Nonces are the clients' texts; their digest has one length.
function nonceKey(value: string): string {
  return `${prefix}:nonce:${createHash('sha256').update(value).digest('base64url')}`
}
