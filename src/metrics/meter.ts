// Everything that one HTTP process measures, under the names that operators see.
import { AggregatorRegistry, collectDefaultMetrics, Gauge, Registry } from 'prom-client'
import { Tally, Timing } from './series.ts'

/** Parts of a request's time. `queue` and `token` are those of each token operation it makes. */
export type Stage = 'auth' | 'policy' | 'limits' | 'queue' | 'token' | 'audit'

/** A member as it is now. */
export interface MeasuredMember {
  readonly cluster: string
  readonly member: string
  readonly state: string
  readonly processes: number
  /** Operations that wait or run. */
  readonly load: number
}

/** What is looked at when somebody asks. */
export interface Sources {
  members(): readonly MeasuredMember[]
  auditProblem(): string | undefined
  limitsProblem(): string | undefined
  /** Resolves when the store answers. */
  pingStore(): Promise<void>
}

/** States of a member that have a series each. */
const states = ['starting', 'ready', 'down', 'latched'] as const

/** Metrics as data, which a supervisor puts together with those of others. */
export type Measured = Awaited<ReturnType<Registry['getMetricsAsJSON']>>

/** What a process counts as it goes, and reads off when it is asked. */
export interface Meter {
  readonly requests: {
    note(request: { dialect: string; action: string; outcome: string; duration: number }): void
  }
  readonly stages: { note(duration: number, stage: Stage): void }
  /** A request that was refused for its rate, or for a nonce that was used. */
  readonly refusals: { add(limit: 'rate' | 'nonce'): void }
  /** Lines of the audit log that were written, or could not be. */
  readonly lines: { add(result: 'written' | 'failed'): void }
  readonly tokenEvents: { add(cluster: string, member: string, event: string): void }
  /** Looks at these too, whenever it is read. */
  watch(sources: Sources): void
  readonly read: () => Promise<Measured>
}

/** A meter whose series all carry the worker's slot. */
export function createMeter(worker: number): Meter {
  const registry = new Registry()
  registry.setDefaultLabels({ worker: String(worker) })
  collectDefaultMetrics({ register: registry })
  const counter = (name: string, help: string, ...labels: string[]) =>
    new Tally(registry, { name, help, labels })
  const requests = counter('p11kms_requests_total', 'Requests answered.', 'dialect', 'action', 'outcome')
  const durations = new Timing(registry, {
    name: 'p11kms_request_duration_seconds',
    help: 'Time from the request to its answer, without the audit flush.',
    labels: ['dialect', 'action'],
  })
  const stages = new Timing(registry, {
    name: 'p11kms_stage_duration_seconds',
    help: 'Time in each stage; queue and token once for each token operation.',
    labels: ['stage'],
  })
  return {
    requests: {
      note({ dialect, action, outcome, duration }) {
        requests.add(dialect, action, outcome)
        durations.note(duration, dialect, action)
      },
    },
    stages,
    refusals: counter('p11kms_limits_hit_total', 'Requests refused by a limit.', 'limit'),
    lines: counter('p11kms_audit_lines_total', 'Calls recorded, and calls that could not be.', 'result'),
    tokenEvents: counter(
      'p11kms_token_process_events_total',
      'Token processes that became ready, failed to, ended, hung or were recycled.',
      'cluster',
      'member',
      'event',
    ),
    watch: (sources) => addGauges(registry, sources),
    read: () => registry.getMetricsAsJSON(),
  }
}

function addGauges(registry: Registry, sources: Sources): void {
  const perMember = (name: string, help: string, value: (member: MeasuredMember) => number) =>
    new Gauge({
      name,
      help,
      labelNames: ['cluster', 'member'],
      registers: [registry],
      collect() {
        this.reset()
        for (const member of sources.members())
          this.set({ cluster: member.cluster, member: member.member }, value(member))
      },
    })
  perMember('p11kms_token_processes', 'Token processes that serve.', ({ processes }) => processes)
  perMember('p11kms_token_operations', 'Operations that wait or run.', ({ load }) => load)
  new Gauge({
    name: 'p11kms_member_state',
    help: '1 for the state that a member is in.',
    labelNames: ['cluster', 'member', 'state'],
    registers: [registry],
    collect() {
      this.reset()
      for (const { cluster, member, state } of sources.members())
        for (const name of states) this.set({ cluster, member, state: name }, name === state ? 1 : 0)
    },
  })
  const flag = (name: string, help: string, read: () => Promise<boolean>) =>
    new Gauge({
      name,
      help,
      registers: [registry],
      async collect() {
        this.set((await read()) ? 1 : 0)
      },
    })
  flag(
    'p11kms_audit_writable',
    '1 while calls can be recorded.',
    async () => sources.auditProblem() === undefined,
  )
  flag(
    'p11kms_limits_shared',
    '0 while limits are not shared as configured.',
    async () => sources.limitsProblem() === undefined,
  )
  flag('p11kms_store_up', '1 while the store answers.', () =>
    sources.pingStore().then(
      () => true,
      () => false,
    ),
  )
}

/** What a supervisor knows: its workers, and how many it has replaced. */
export async function measureWorkers(ready: number, replaced: number): Promise<Measured> {
  const registry = new Registry()
  const gauge = (name: string, help: string, value: number) =>
    new Gauge({ name, help, registers: [registry] }).set(value)
  gauge('p11kms_workers', 'HTTP processes that serve.', ready)
  gauge('p11kms_workers_replaced', 'HTTP processes that died and were replaced since the start.', replaced)
  return await registry.getMetricsAsJSON()
}

/** The text of everybody's metrics, with its media type. */
export async function metricsText(measured: readonly Measured[]): Promise<{ type: string; text: string }> {
  const text = await AggregatorRegistry.aggregate(measured as never).metrics()
  return { type: Registry.PROMETHEUS_CONTENT_TYPE, text }
}
