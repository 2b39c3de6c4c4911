// What the processes of a node share, and the limits that nodes share through Redis.
import type { Config } from '../config.ts'
import type { Turns } from '../core/ports.ts'
import { createReplayGuard } from '../core/replay-guard.ts'
import { createTurns } from '../core/turns.ts'
import type { MetricsText } from '../http/metrics.ts'
import { createMemoryLimiter } from '../limits/memory.ts'
import { createRedisLimits, type Limits, type SharedLimits } from '../limits/redis.ts'
import type { Logger } from '../log.ts'
import { type Measured, metricsText } from '../metrics/meter.ts'

/** What all HTTP processes of a node have in common. */
export interface NodeShare extends Limits {
  /** The order in which token processes start. */
  readonly takeTurn: Turns
  /** The metrics of the whole node; `own` are those of the process that asks. */
  metrics(own: () => Promise<Measured>): Promise<MetricsText>
}

/** A share in this process's memory. */
export function createNodeShare(): NodeShare {
  return {
    limiter: createMemoryLimiter(),
    replay: createReplayGuard(Date.now),
    takeTurn: createTurns(),
    metrics: async (own) => metricsText([await own()]),
  }
}

/** The limits as configured: the node's own, or those of all nodes with the node's own for when they are away. */
export async function openLimits({ limits }: Config, own: Limits, log: Logger): Promise<SharedLimits> {
  if (limits.url === 'memory') return { ...own, problem: undefined, close: async () => undefined }
  return createRedisLimits(limits.url, own, (problem) => {
    if (problem === undefined) log.info('limits are shared with the other nodes again')
    else
      log.warn({ error: problem }, 'limits are not shared with other nodes now: this one goes on by itself')
  })
}
