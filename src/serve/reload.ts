// A configuration that is read anew while a server runs: what has changed, and a bad one, which changes nothing.
import { type Config, ConfigError, loadConfig } from '../config.ts'
import type { Logger } from '../log.ts'

/** The home's configuration as it is now; undefined when it cannot be used, and the log says why. */
export function reread({ home }: Config, log: Logger): Config | undefined {
  try {
    return loadConfig(home)
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    log.error({ error: error.message }, 'configuration not read anew, the old one stays')
    return undefined
  }
}

/** Options that differ, as `section.option`. PINs and the contents of files are not looked at. */
export function changedOptions(before: Config, after: Config): string[] {
  const { home: _, pins: _pins, tls: _tls, tokenEnvironment: _environment, ...sections } = after
  return Object.entries<unknown>(sections).flatMap(([section, now]) => {
    const then = (before as unknown as Record<string, unknown>)[section]
    if (!isSection(now) || !isSection(then)) return same(now, then) ? [] : [section]
    const names = [...new Set([...Object.keys(then), ...Object.keys(now)])]
    return names.filter((name) => !same(now[name], then[name])).map((name) => `${section}.${name}`)
  })
}

/** Options that the workers of a node must agree on, and its listener: those of a new configuration wait for the next start. */
const fixed = [
  'listen.host',
  'listen.port',
  'listen.connections',
  'listen.connectionsPerAddress',
  'workers',
  'node',
  'store.url',
  'audit.folder',
  'metrics.listen',
] as const

/** The new configuration with the old one's fixed options, and the names of those that were to change. */
export function keepFixed(
  before: Config,
  after: Config,
): { readonly config: Config; readonly later: string[] } {
  const { host, port, connections, connectionsPerAddress } = before.listen
  const { node: _, ...rest } = after
  const config: Config = {
    ...rest,
    ...(before.node === undefined ? {} : { node: before.node }),
    workers: before.workers,
    listen: { ...after.listen, host, port, connections, connectionsPerAddress },
    store: { ...after.store, url: before.store.url },
    audit: { ...after.audit, folder: before.audit.folder },
    metrics: before.metrics,
  }
  return {
    config,
    later: changedOptions(before, after).filter((name) => fixed.some((kept) => kept === name)),
  }
}

function isSection(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function same(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other)
}
