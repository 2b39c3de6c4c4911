// One HTTP process from start to end: open, announce, wait for a signal, drain, exit.
import { type App, openApp } from '../app.ts'
import type { Config } from '../config.ts'

/** Serves until SIGTERM or SIGINT, then finishes what is in flight. Throws what `openApp` throws. */
export async function serve(config: Config, announce: (app: App) => void): Promise<void> {
  // Listened for from the first moment, so that a signal during the start also ends in order.
  const signal = nextSignal()
  const app = await openApp(config)
  announce(app)
  await signal
  await app.close()
}

function nextSignal(): Promise<string> {
  return new Promise((resolve) => {
    for (const name of ['SIGTERM', 'SIGINT'] as const) process.once(name, () => resolve(name))
  })
}
