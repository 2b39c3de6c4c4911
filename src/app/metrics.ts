// What is measured where: the parts of an app, wrapped so that a meter hears of them.
import type { AuditTrail } from '../core/audit.ts'
import type { Dialect } from '../dialects/dialect.ts'
import type { ClusterStatus } from '../hsm/cluster.ts'
import type { Limits } from '../limits/redis.ts'
import type { MeasuredMember, Meter, Stage } from '../metrics/meter.ts'

/** Events of token processes that are counted, by what the log says of them. */
const tokenEvents: Readonly<Record<string, string>> = {
  'token process ready': 'ready',
  'token process did not start': 'failed',
  'token process ended, replacing it': 'ended',
  'token process does not answer, killing it': 'hung',
  'recycling token process': 'recycled',
}

/** Counts what the log hears of token processes. */
export function countTokenEvent(meter: Meter, event: string, facts: Readonly<Record<string, unknown>>): void {
  const name = tokenEvents[event]
  if (name !== undefined) meter.tokenEvents.add(String(facts.cluster), String(facts.member), name)
}

/** The same function, its time noted whether it fails or not. */
export function timed<Args extends unknown[], Result>(
  meter: Meter,
  stage: Stage,
  run: (...args: Args) => Promise<Result>,
): (...args: Args) => Promise<Result> {
  return async (...args) => {
    const started = performance.now()
    try {
      return await run(...args)
    } finally {
      meter.stages.note(performance.now() - started, stage)
    }
  }
}

/** Dialects whose authentication is timed. */
export function measureDialects(dialects: readonly Dialect[], meter: Meter): readonly Dialect[] {
  return dialects.map((dialect) => ({
    ...dialect,
    authenticate: timed(meter, 'auth', (call: unknown) => dialect.authenticate(call)),
  }))
}

/** Limits whose refusals are counted. */
export function measureLimits({ limiter, replay }: Limits, meter: Meter): Limits {
  const take = timed(meter, 'limits', limiter.take)
  return {
    limiter: {
      async take(subject, rate) {
        const wait = await take(subject, rate)
        if (wait > 0) meter.refusals.add('rate')
        return wait
      },
    },
    replay: {
      async first(value, lifetime) {
        const first = await replay.first(value, lifetime)
        if (!first) meter.refusals.add('nonce')
        return first
      },
    },
  }
}

/** A trail whose records are counted as the requests that they are about. */
export function measureTrail(trail: AuditTrail, meter: Meter): AuditTrail {
  const append = timed(meter, 'audit', (record: Parameters<AuditTrail['append']>[0]) => trail.append(record))
  return {
    requireWritable: () => trail.requireWritable(),
    async append(record) {
      meter.requests.note(record)
      try {
        await append(record)
        meter.lines.add('written')
      } catch (error) {
        meter.lines.add('failed')
        throw error
      }
    },
  }
}

/** Members as a meter sees them. */
export function measuredMembers(clusters: readonly ClusterStatus[]): MeasuredMember[] {
  return clusters.flatMap(({ id, members }) =>
    members.map(({ name, state, processes, load }) => ({
      cluster: id,
      member: name,
      state,
      processes: processes.length,
      load,
    })),
  )
}
