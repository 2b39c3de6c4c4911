// A node of several HTTP processes: starts them, replaces what dies, renews them one by one, drains them.
import { setTimeout } from 'node:timers/promises'
import { createNodeShare, type MetricsText, measureWorkers, metricsText, type NodeShare } from '../app.ts'
import type { Config } from '../config.ts'
import { createLog, type Logger } from '../log.ts'
import type { Arrival } from './arrival.ts'
import { Listener } from './listener.ts'
import { type Announcement, hangUpEnds, maintenanceInterval, nextSignal, openMetrics } from './process.ts'
import { keepFixed, reread } from './reload.ts'
import { startWorker, type Worker } from './worker.ts'

const firstBackOff = 100
const maxBackOff = 5000
/** Milliseconds a worker must have lived for its end not to count as one more failure in a row. */
const settled = 10_000

/** Serves until SIGTERM or SIGINT, then lets the workers finish. Throws what keeps the first one from starting. */
export async function supervise(config: Config, announce: (served: Announcement) => void): Promise<void> {
  const signal = nextSignal()
  const supervisor = new Supervisor(config, createLog(config.log.level))
  if (!hangUpEnds()) process.on('SIGHUP', () => void supervisor.reload())
  try {
    const served = await Promise.race([supervisor.start(), signal])
    if (typeof served === 'string') return
    const timer = setInterval(() => supervisor.maintain(), maintenanceInterval)
    const metrics = await openMetrics(config, () => supervisor.metrics())
    announce(served)
    await signal
    clearInterval(timer)
    await metrics?.close()
  } finally {
    await supervisor.stop()
  }
}

class Supervisor {
  #config: Config
  readonly #log: Logger
  readonly #share: NodeShare = { ...createNodeShare(), metrics: () => this.metrics() }
  #replaced = 0
  /** With the configuration each was started with. */
  readonly #workers = new Map<Worker, Config>()
  readonly #listener: Listener
  #failures = 0
  readonly #stopping = new AbortController()
  #reloading: Promise<void> = Promise.resolve()

  constructor(config: Config, log: Logger) {
    this.#config = config
    this.#log = log
    this.#listener = new Listener(config, () => this.#serving())
  }

  /** The first worker alone, for it migrates and settles; then the others. A later one may fail: it is tried again. */
  async start(): Promise<Announcement> {
    const clusters = await this.#start(this.#config, true)
    const url = await this.#listener.listen(this.#config)
    await Promise.all(Array.from({ length: this.#config.workers - 1 }, () => this.#add(0)))
    return { url, clusters, log: this.#log }
  }

  /** The figures of all workers, each with its slot. */
  async metrics(): Promise<MetricsText> {
    const serving = this.#serving()
    const measured = await Promise.all(serving.map((worker) => worker.measure()))
    return metricsText([await measureWorkers(serving.length, this.#replaced), ...measured])
  }

  maintain(): void {
    this.#serving()[0]?.order('maintain')
  }

  /** Renews the workers one by one with the configuration as it is now. Never throws. */
  reload(): Promise<void> {
    this.#reloading = this.#reloading.then(() => this.#renew())
    return this.#reloading
  }

  async stop(): Promise<void> {
    this.#stopping.abort()
    this.#listener.close()
    await Promise.all([...this.#workers.keys()].map((worker) => worker.end()))
  }

  async #renew(): Promise<void> {
    const read = reread(this.#config, this.#log)
    if (read === undefined) return
    const { config, later } = keepFixed(this.#config, read)
    if (later.length > 0) this.#log.warn({ options: later }, 'options that take effect at the next start')
    for (let old = this.#oldest(config); old !== undefined; old = this.#oldest(config)) {
      try {
        await this.#start(config, false)
      } catch (error) {
        if (this.#stopping.signal.aborted) return
        this.#log.error(
          { error: messageOf(error) },
          'no worker starts with the new configuration, the old one stays',
        )
        return
      }
      this.#config = config
      await old.end()
    }
    this.#log.info('configuration read anew, workers renewed')
  }

  /** A worker that serves with another configuration. */
  #oldest(config: Config): Worker | undefined {
    return this.#serving().find((worker) => this.#workers.get(worker) !== config)
  }

  async #start(config: Config, first: boolean): Promise<Announcement['clusters']> {
    this.#stopping.signal.throwIfAborted()
    const again = (arrival: Arrival) => this.#listener.give(arrival)
    const worker = startWorker({ config, slot: this.#freeSlot(), first }, this.#share, again)
    this.#workers.set(worker, config)
    void worker.gone.then((end) => this.#onExit(worker, end))
    const clusters = await worker.ready
    const { slot, pid } = worker
    this.#log.info({ worker: slot, pid }, 'worker ready')
    this.#listener.resume()
    return clusters
  }

  // A slot is in the name of an audit chain: a worker that takes the place of another has the one beside it for a while.
  #freeSlot(): number {
    const taken = new Set([...this.#workers.keys()].map(({ slot }) => slot))
    let slot = 1
    while (taken.has(slot)) slot++
    return slot
  }

  #serving(): Worker[] {
    return [...this.#workers.keys()].filter(({ state }) => state === 'ready')
  }

  #onExit(worker: Worker, { how, lost }: Awaited<Worker['gone']>): void {
    this.#workers.delete(worker)
    if (this.#stopping.signal.aborted || !lost) return
    if (Date.now() - worker.startedAt > settled) this.#failures = 0
    this.#replaced++
    const { slot, pid } = worker
    this.#log.error({ worker: slot, pid, how }, 'worker ended, replacing it')
    void this.#add(this.#backOff())
  }

  // Tries until there is one more, at growing intervals. Resolves after the first try; never rejects.
  async #add(delay: number): Promise<void> {
    const { signal } = this.#stopping
    try {
      await setTimeout(delay, undefined, { signal })
      await this.#start(this.#config, false)
    } catch (error) {
      if (signal.aborted) return
      this.#log.error({ error: messageOf(error) }, 'worker did not start, trying again')
      void this.#add(this.#backOff())
    }
  }

  #backOff(): number {
    return Math.min(maxBackOff, firstBackOff * 2 ** this.#failures++)
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
