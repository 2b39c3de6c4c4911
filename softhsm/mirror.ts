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

/** Mirrors until `stop` is called. Directories are SoftHSM's `directories.tokendir`, with one token in each. */
export function mirror(left: string, right: string): { stop(): void } {
  const sides = [left, right].map((directory) => ({ directory, seen: new Map<string, string>() }))
  let first = true
  const round = () => {
    const [a, b] = sides.map(({ directory }) => list(directory))
    const [ours, theirs] = sides
    if (a === undefined || b === undefined || ours === undefined || theirs === undefined) return
    if (!first) {
      spread(a, b, ours.seen, theirs.directory)
      spread(b, a, theirs.seen, ours.directory)
    }
    first = false
    for (const side of sides) side.seen = list(side.directory) ?? side.seen
  }
  const timer = setInterval(round, interval)
  round()
  return { stop: () => clearInterval(timer) }
}

// What changed on one side since it was last seen is done to the other.
function spread(
  now: ReadonlyMap<string, string>,
  other: ReadonlyMap<string, string>,
  seen: ReadonlyMap<string, string>,
  directory: string,
): void {
  const to = tokenOf(directory)
  if (to === undefined) return
  let changed = false
  for (const [path, state] of now) {
    const name = path.split('/').at(-1) ?? ''
    if (seen.get(path) === state && seen.has(path)) continue
    // Written beside and moved into place, so that the library never reads half an object.
    copyFileSync(path, join(to, `${name}.new`))
    renameSync(join(to, `${name}.new`), join(to, name))
    writeFileSync(join(to, name.replace(/object$/, 'lock')), '')
    changed = true
  }
  const names = new Set([...now.keys()].map((path) => path.split('/').at(-1)))
  for (const path of seen.keys()) {
    const name = path.split('/').at(-1) ?? ''
    if (names.has(name) || ![...other.keys()].some((candidate) => candidate.endsWith(`/${name}`))) continue
    rmSync(join(to, name), { force: true })
    changed = true
  }
  if (changed) bump(join(to, 'generation'))
}

// Objects of a side, by path, with what tells a changed one; undefined while its token is away.
function list(directory: string): Map<string, string> | undefined {
  const token = tokenOf(directory)
  if (token === undefined) return undefined
  try {
    return new Map(
      readdirSync(token)
        .filter((name) => isObject.test(name))
        .map((name) => {
          const path = join(token, name)
          const { mtimeMs, size } = statSync(path)
          return [path, `${mtimeMs}/${size}`]
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

// SoftHSM reads a directory again when this counter (8 bytes) has changed.
function bump(file: string): void {
  const counter = existsSync(file) ? readFileSync(file) : Buffer.alloc(8)
  counter.writeBigUInt64BE(counter.readBigUInt64BE(0) + 1n, 0)
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
