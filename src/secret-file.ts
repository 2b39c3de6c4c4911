// Files that hold secrets: read only when nobody but their owner can get at them.
import { closeSync, fstatSync, openSync, readFileSync, realpathSync, type Stats, statSync } from 'node:fs'
import { dirname } from 'node:path'

/** A secret file that others can read or change. The message says how to mend it. */
export class ExposedFileError extends Error {
  override readonly name = 'ExposedFileError'
}

/**
 * The text of a file that must be its owner's alone; links are followed. Throws ExposedFileError, and what reading
 * throws.
 */
export function readSecretFile(file: string): string {
  // What is looked at is what is read, whoever renames files meanwhile.
  const descriptor = openSync(file, 'r')
  try {
    const problem = exposureOf(fstatSync(descriptor), folderOf(file), process.getuid?.() ?? 0)
    if (problem !== undefined) throw new ExposedFileError(inWords(file, problem))
    return readFileSync(descriptor, 'utf8')
  } finally {
    closeSync(descriptor)
  }
}

/** What is wrong with a file's permissions and how to mend it; undefined when it is its owner's alone. */
export function exposureOfFile(file: string): string | undefined {
  const problem = exposureOf(statSync(file), folderOf(file), process.getuid?.() ?? 0)
  return problem === undefined ? undefined : inWords(file, problem)
}

/**
 * Who else can use a file, as the process of a user sees it. A file of root's that our group may read and only root
 * may write passes when we are not root: that is how container platforms hand a secret to a service (0440, fsGroup). So
 * does any file in a folder that others cannot enter.
 */
export function exposureOf(
  { mode, uid }: Pick<Stats, 'mode' | 'uid'>,
  folder: Pick<Stats, 'mode'>,
  user: number,
): string | undefined {
  if ((folder.mode & 0o011) === 0) return undefined
  if ((mode & 0o007) !== 0) return 'is open to everybody'
  const handed = uid === 0 && user !== 0 && (mode & 0o030) === 0
  return (mode & 0o070) === 0 || handed ? undefined : 'is open to its group'
}

function folderOf(file: string): Stats {
  return statSync(dirname(realpathSync(file)))
}

function inWords(file: string, problem: string): string {
  return `${file} ${problem}; run: chmod 600 ${file}`
}
