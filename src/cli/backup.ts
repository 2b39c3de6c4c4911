// Backup of a home and its store, and the way back: files, a consistent copy of the rows, and a drill.
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Core, fillStore, openCore, storeFile } from '../app.ts'
import { type Config, loadConfig } from '../config.ts'
import { Refusal } from './output.ts'

type Drill = Awaited<ReturnType<Core['makeDrills']>>[number]

/** What a backup says of itself. */
interface Manifest {
  readonly createdAt: string
  /** The home it is of: paths in it are rewritten when it is restored elsewhere. */
  readonly home: string
  readonly drills: readonly Drill[]
}

/** One blob from before the backup, after the restoration. */
export interface DrillResult {
  readonly clusterId: string
  readonly keyId: string
  readonly ok: boolean
}

const manifestName = 'manifest.json'
/** The rows, as a SQLite database whatever engine they are of. */
const rowsName = 'store.db'

/**
 * Writes a backup of a home, whose server may be running, into an empty folder. Tokens outside of the home (hardware)
 * are their vendor's to back up. `say` hears of each step. Throws Refusal and what opening the home throws.
 */
export async function backUp(config: Config, folder: string, say: (step: string) => void): Promise<Manifest> {
  requireEmpty(folder)
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const core = await openCore({ ...config, log: { level: 'warn' } })
  try {
    const drills = await core.makeDrills()
    say(`${drills.length} blobs for the drill`)
    await core.copyStore(join(folder, rowsName))
    say('the database')
    for (const name of readdirSync(config.home).filter((entry) => !isOfDatabase(config, entry))) {
      cpSync(join(config.home, name), join(folder, 'home', name), {
        recursive: true,
        preserveTimestamps: true,
      })
      say(name)
    }
    const manifest = { createdAt: new Date().toISOString(), home: config.home, drills }
    writeFileSync(join(folder, manifestName), `${JSON.stringify(manifest, null, 2)}\n`, { mode: 0o600 })
    return manifest
  } finally {
    await core.close()
  }
}

/**
 * Restores a backup into a home that is not there yet and the empty store of its configuration, and runs its drill.
 * Throws as `backUp`.
 */
export async function restore(
  folder: string,
  home: string,
  say: (step: string) => void,
): Promise<readonly DrillResult[]> {
  const file = join(folder, manifestName)
  if (!existsSync(file)) throw new Refusal(`${folder} is not a backup: it has no ${manifestName}`)
  const manifest = JSON.parse(readFileSync(file, 'utf8')) as Manifest
  requireEmpty(home)
  mkdirSync(home, { recursive: true, mode: 0o700 })
  cpSync(join(folder, 'home'), home, { recursive: true, preserveTimestamps: true })
  say('files')
  for (const name of readdirSync(home).filter((entry) => entry.endsWith('.conf'))) {
    const text = readFileSync(join(home, name), 'utf8')
    writeFileSync(join(home, name), text.replaceAll(manifest.home, home), { mode: 0o600 })
  }
  // A copy, because one of an older release is brought up to date.
  const rows = join(home, '.restoring.db')
  cpSync(join(folder, rowsName), rows)
  try {
    await fillStore(loadConfig(home), rows)
  } catch (error) {
    // Nothing was restored: the next attempt finds no home either.
    rmSync(home, { recursive: true, force: true })
    throw error
  } finally {
    for (const suffix of ['', '-wal', '-shm']) rmSync(rows + suffix, { force: true })
  }
  say('the database')
  return drill(home, manifest.drills, say)
}

// The database and what SQLite keeps beside it.
function isOfDatabase(config: Config, entry: string): boolean {
  return storeFile(config) !== undefined && join(config.home, entry).startsWith(storeFile(config) ?? '')
}

async function drill(
  home: string,
  drills: readonly Drill[],
  say: (step: string) => void,
): Promise<readonly DrillResult[]> {
  const core = await openCore({ ...loadConfig(home), log: { level: 'warn' } })
  try {
    return await Promise.all(
      drills.map(async (blob) => {
        const ok = await core.runDrill(blob).catch(() => false)
        say(`drill of ${blob.clusterId}: ${ok ? 'opens' : 'DOES NOT OPEN'}`)
        return { clusterId: blob.clusterId, keyId: blob.keyId, ok }
      }),
    )
  } finally {
    await core.close()
  }
}

function requireEmpty(folder: string): void {
  if (existsSync(folder) && readdirSync(folder).length > 0) throw new Refusal(`${folder} is not empty`)
}
