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
/** Milliseconds an object must have lain still: the library writes it in steps and would not read the rest of a copy. */
const stillness = 30
/**
 * A library that writes its own counter may take ours for its own and see nothing, so it is told again and again, in
 * rounds 1, 2, 4 … after a change; the last is this one.
 */
const lastTelling = 64
const isObject = /^(?!token\.)[\w-]+\.object$/

interface Side {
  readonly directory: string
  /** Objects, by file name, as they were when the two sides were last the same; undefined until both have been seen. */
  synced: Map<string, string> | undefined
  /** Rounds since an object was copied to it or taken from it. */
  age: number
}

/** Mirrors until `stop` is called. Directories are SoftHSM's `directories.tokendir`, with one token in each. */
export function mirror(left: string, right: string): { stop(): void } {
  const a: Side = { directory: left, synced: undefined, age: lastTelling }
  const b: Side = { directory: right, synced: undefined, age: lastTelling }
  const round = () => {
    spread(a, b)
    spread(b, a)
  }
  const timer = setInterval(round, interval)
  round()
  return { stop: () => clearInterval(timer) }
}

// What changed on one side since both were the same is done to the other. A token may go at any moment and come back: what
// fails for that is done in a later round.
function spread(from: Side, to: Side): void {
  try {
    const [source, target] = [tokenOf(from.directory), tokenOf(to.directory)]
    if (source === undefined || target === undefined) return
    const now = list(source)
    from.synced ??= now
    to.synced ??= list(target)
    for (const [name, state] of now) {
      if (from.synced.get(name) === state || !isStill(join(source, name))) continue
      copy(join(source, name), join(target, name))
      from.synced.set(name, state)
      to.synced.set(name, stateOf(join(target, name)))
      to.age = 0
    }
    for (const name of [...from.synced.keys()].filter((known) => !now.has(known))) {
      rmSync(join(target, name), { force: true })
      from.synced.delete(name)
      to.synced.delete(name)
      to.age = 0
    }
    to.age++
    if (to.age <= lastTelling && Number.isInteger(Math.log2(to.age))) bump(join(target, 'generation'))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
  }
}

// Written beside and moved into place, so that the library never reads half an object.
function copy(from: string, to: string): void {
  copyFileSync(from, `${to}.new`)
  renameSync(`${to}.new`, to)
  writeFileSync(to.replace(/object$/, 'lock'), '')
}

function isStill(path: string): boolean {
  return Date.now() - statSync(path).mtimeMs >= stillness
}

// What tells a changed object.
function stateOf(path: string): string {
  const { mtimeMs, size } = statSync(path)
  return `${mtimeMs}/${size}`
}

function list(token: string): Map<string, string> {
  const names = readdirSync(token).filter((name) => isObject.test(name))
  return new Map(names.map((name) => [name, stateOf(join(token, name))]))
}

// The token's own folder; undefined while it is away.
function tokenOf(directory: string): string | undefined {
  const [token] = readdirSync(directory).filter((name) => existsSync(join(directory, name, 'token.object')))
  return token === undefined ? undefined : join(directory, token)
}

// SoftHSM reads a directory again when this counter (8 bytes) is not as it left it. It counts by one itself: a leap is
// never what a library has written at the same time.
function bump(file: string): void {
  const known = existsSync(file) ? readFileSync(file) : Buffer.alloc(0)
  // One that is being written is short.
  const counter = known.length < 8 ? Buffer.alloc(8) : known
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
