// A node of one HTTP process from start to end: open, announce, reload when asked to, drain, exit.
import { type App, createNodeShare, liveOptions, openApp } from '../app.ts'
import type { Config } from '../config.ts'
import { createLog } from '../log.ts'
import { type Announcement, hangUpEnds, maintenanceInterval, nextSignal, openMetrics } from './process.ts'
import { changedOptions, reread } from './reload.ts'

/** Serves until SIGTERM or SIGINT, then finishes what is in flight. Throws what `openApp` throws. */
export async function serve(config: Config, announce: (served: Announcement) => void): Promise<void> {
  // Listened for from the first moment, so that a signal during the start also ends in order.
  const signal = nextSignal()
  const log = createLog(config.log.level)
  const share = createNodeShare()
  const opening = openApp(config, { slot: 1, first: true, listens: true, share, log })
  const onHangUp = () =>
    void opening.then(
      (app) => reload(app, config, log),
      () => undefined,
    )
  if (!hangUpEnds()) process.on('SIGHUP', onHangUp)
  const app = await opening
  const timer = setInterval(app.maintain, maintenanceInterval)
  try {
    const metrics = await openMetrics(config, () => share.metrics(app.measure))
    announce({ url: app.url, clusters: app.clusters(), log })
    await signal
    await metrics?.close()
  } finally {
    clearInterval(timer)
    await app.close()
  }
}

function reload(app: App, config: Config, log: ReturnType<typeof createLog>): void {
  const next = reread(config, log)
  if (next === undefined) return
  const later = changedOptions(config, next).filter((name) => !isLive(name, config, next))
  try {
    app.reload(next)
    log.info('configuration read anew')
    if (later.length > 0) log.warn({ options: later }, 'options that take effect at the next start')
  } catch (error) {
    log.error({ error: String(error) }, 'configuration not read anew: the certificate cannot be used')
  }
}

// Certificates are read anew; whether there is TLS, and whether clients must show certificates, was decided at the start.
function isLive(name: string, { tls }: Config, next: Config): boolean {
  const sameKind =
    (tls === undefined) === (next.tls === undefined) &&
    (tls?.clientCa === undefined) === (next.tls?.clientCa === undefined)
  return liveOptions.some((live) => live === name) || (name === 'listen.tls' && sameKind)
}
