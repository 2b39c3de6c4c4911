// Tags a caller asks for, held against the registry of tags that exist.
import { kmsError } from './errors.ts'
import type { Tag } from './ports.ts'
import type { Services } from './services.ts'

/** Throws `tag-keys-duplicated`, and `tag-not-existed` for what is not in a closed registry. */
export function checkTags({ tagRegistry }: Services, tags: readonly Tag[]): void {
  const seen = new Set<string>()
  for (const { key, value } of tags) {
    if (seen.has(key)) throw kmsError('tag-keys-duplicated', { key })
    seen.add(key)
    if (tagRegistry === 'open') continue
    const known = tagRegistry.find((entry) => entry.key === key)?.values.includes(value)
    if (known !== true) throw kmsError('tag-not-existed', { key })
  }
}

/**
 * Runs the write of a resource's tags. Tags are kept in the store, in the transaction that makes their resource: when
 * they cannot be written nothing is made. Throws `tagging-failed`.
 */
export async function writeTags(write: () => Promise<void>): Promise<void> {
  try {
    await write()
  } catch (cause) {
    const detail = cause instanceof Error ? cause.message : String(cause)
    throw kmsError('tagging-failed', { detail }, { cause })
  }
}
