// What every form of `serve` has in common: its signals, what it announces, how often there is upkeep.
import { type ClusterStatus, type MetricsText, serveMetrics } from '../app.ts'
import type { Config } from '../config.ts'
import type { Logger } from '../log.ts'

/** What is served, once it is. */
export interface Announcement {
  readonly url: string
  readonly clusters: readonly ClusterStatus[]
  readonly log: Logger
}

/** Milliseconds between rounds of the work a node does by itself. */
export const maintenanceInterval = 60_000

/** Serves metrics at an address of their own, if they have one. Throws EADDRINUSE and the like. */
export async function openMetrics({ metrics: { listen } }: Config, read: () => Promise<MetricsText>) {
  return listen === 'same' || listen === 'off' ? undefined : serveMetrics(listen, read)
}

/** The first signal that ends the service. */
export function nextSignal(): Promise<string> {
  const ends = ['SIGTERM', 'SIGINT', ...(hangUpEnds() ? ['SIGHUP'] : [])]
  return new Promise((resolve) => {
    for (const name of ends) process.once(name, () => resolve(name))
  })
}

/** On a terminal SIGHUP says that the terminal is gone; elsewhere it asks for a reload. */
export function hangUpEnds(): boolean {
  return process.stdout.isTTY
}
