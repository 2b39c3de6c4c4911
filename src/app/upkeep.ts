// Work a server does by itself: destruction and rotation of keys whose date has come, latches that were opened.
import { type Config, currentPin } from '../config.ts'
import type { LastUses } from '../core/last-uses.ts'
import { createLatches } from '../core/latches.ts'
import type { Rotated, Settled } from '../core/maintenance.ts'
import type { Store } from '../core/ports.ts'
import type { TokenHsm } from '../hsm/cluster.ts'
import type { Logger } from '../log.ts'
import { describe } from './describe.ts'

/** What upkeep works with. */
export interface Upkeep {
  readonly log: Logger
  exclusively(work: () => Promise<void>): Promise<boolean>
  destroyDueKeys(): Promise<Settled>
  rotateDueKeys(): Promise<Rotated>
}

/** Tries the members whose latch was opened in the store since, each once. Throws TokenOpenError, ConfigError. */
export async function reopen(config: Config, store: Store, hsm: TokenHsm): Promise<void> {
  const latches = createLatches(store)
  for (const { id, members } of hsm.status()) {
    for (const { name } of members.filter(({ state }) => state === 'latched')) {
      if (!(await latches.isLatched(id, name))) await hsm.open(id, name, currentPin(config, id, name))
    }
  }
}

/** Writes when access keys were last used. Never throws. */
export async function noteUses({
  log,
  uses,
}: Pick<Upkeep, 'log'> & { readonly uses: LastUses }): Promise<void> {
  try {
    await uses.flush()
  } catch (error) {
    log.warn({ error: describe(error) }, 'the last uses of access keys could not be written')
  }
}

/** One round, unless another node is at it; what goes wrong is the log's to know. Never throws. */
export async function maintain(core: Upkeep): Promise<void> {
  try {
    await core.exclusively(() => runRound(core))
  } catch (error) {
    core.log.error({ error: describe(error) }, 'upkeep failed')
  }
}

async function runRound(core: Upkeep): Promise<void> {
  const { log } = core
  try {
    report(log, await core.destroyDueKeys())
  } catch (error) {
    log.error({ error: describe(error) }, 'destruction of keys failed')
  }
  try {
    const { rotated, failed } = await core.rotateDueKeys()
    if (rotated.length > 0) log.info({ keys: rotated }, 'rotated keys')
    if (failed.length > 0) log.warn({ keys: failed }, 'keys that could not be rotated yet')
  } catch (error) {
    log.error({ error: describe(error) }, 'rotation of keys failed')
  }
}

/** A run that is still under way when the next is due makes it superfluous. */
export function oneAtATime(run: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | undefined
  return () => {
    running ??= run().finally(() => {
      running = undefined
    })
    return running
  }
}

/** Tells the log what was settled. */
export function report(log: Logger, settled: Settled): void {
  if (settled.withdrawn.length + settled.destroyed.length + settled.versions.length > 0) {
    log.info(settled, 'settled unfinished keys')
  }
  if (settled.failed.length > 0) log.warn({ keys: settled.failed }, 'keys that could not be settled yet')
}
