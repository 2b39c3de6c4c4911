// Keeps the objects of two SoftHSM tokens the same, as a replicating pair of HSMs does by itself: a key made or destroyed
// on one appears or goes on the other. The second token must be a copy of the first (`p11kms cluster add-member`): its
// objects are encrypted under the token's own key. Usage: node softhsm/mirror.ts DIRECTORY DIRECTORY
import {
  copyFileSync,
  existsSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'

const interval = 20
const isObject = /^(?!token\.)[\w-]+\.object$/

interface Side {
  readonly directory: string
  /** Objects, by file name, as they were when the two sides were last the same. */
  readonly synced: Map<string, string>
  /** Objects as the last round found them. */
  last: ReadonlyMap<string, string>
}

/** Mirrors until `stop` is called. Directories are SoftHSM's `directories.tokendir`, with one token in each. */
export function mirror(left: string, right: string): { stop(): void } {
  const [a, b] = [left, right].map(
    (directory): Side => ({ directory, synced: new Map(), last: new Map() }),
  ) as [Side, Side]
  for (const side of [a, b])
    for (const [name, state] of list(side.directory) ?? []) side.synced.set(name, state)
  const timer = setInterval(() => {
    spread(a, b)
    spread(b, a)
  }, interval)
  return { stop: () => clearInterval(timer) }
}

// What changed on one side since both were the same is done to the other, once it has been quiet for a round: the library
// writes an object in several steps.
function spread(from: Side, to: Side): void {
  const now = list(from.directory)
  const there = list(to.directory)
  const [source, target] = [tokenOf(from.directory), tokenOf(to.directory)]
  if (now === undefined || there === undefined || source === undefined || target === undefined) return
  let changed = false
  for (const [name, state] of now) {
    if (from.synced.get(name) === state || from.last.get(name) !== state) continue
    // Written beside and moved into place, so that the library never reads half an object.
    copyFileSync(join(source, name), join(target, `${name}.new`))
    renameSync(join(target, `${name}.new`), join(target, name))
    writeFileSync(join(target, name.replace(/object$/, 'lock')), '')
    from.synced.set(name, state)
    to.synced.set(name, list(to.directory)?.get(name) ?? '')
    changed = true
  }
  for (const name of [...from.synced.keys()].filter((known) => !now.has(known))) {
    rmSync(join(target, name), { force: true })
    from.synced.delete(name)
    to.synced.delete(name)
    changed = true
  }
  from.last = now
  if (changed) bump(join(target, 'generation'))
}

// Objects of a side, by name, with what tells a changed one; undefined while its token is away.
function list(directory: string): Map<string, string> | undefined {
  const token = tokenOf(directory)
  if (token === undefined) return undefined
  try {
    return new Map(
      readdirSync(token)
        .filter((name) => isObject.test(name))
        .map((name) => {
          const { mtimeMs, size } = statSync(join(token, name))
          return [name, `${mtimeMs}/${size}`]
        }),
    )
  } catch {
    // Something went between the listing and the look at it: the next round sees it whole.
    return undefined
  }
}

function tokenOf(directory: string): string | undefined {
  if (!existsSync(directory)) return undefined
  const [token] = readdirSync(directory).filter((name) => existsSync(join(directory, name, 'token.object')))
  return token === undefined ? undefined : join(directory, token)
}

// SoftHSM reads a directory again when this counter (8 bytes) is not the one it knows; a leap, so that it never happens to
// be the one the library itself writes at that moment.
function bump(file: string): void {
  const counter = existsSync(file) ? readFileSync(file) : Buffer.alloc(8)
  counter.writeBigUInt64BE(counter.readBigUInt64BE(0) + 1000n, 0)
  writeFileSync(file, counter)
}

if (import.meta.main) {
  const [left, right] = process.argv.slice(2)
  if (left === undefined || right === undefined) {
    process.stderr.write('usage: node softhsm/mirror.ts DIRECTORY DIRECTORY\n')
    process.exitCode = 2
  } else {
    mirror(left, right)
    process.stdout.write('mirroring\n')
  }
}
