// The name of this node, which its audit chains carry.
import { randomBytes } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Config } from '../config.ts'

/**
 * As configured; otherwise a random one, kept in the home so that chains go on over restarts. Throws what writing the
 * file throws.
 */
export function nodeName({ node, home }: Pick<Config, 'node' | 'home'>): string {
  if (node !== undefined) return node
  const file = join(home, 'node')
  try {
    writeFileSync(file, `${randomBytes(4).toString('hex')}\n`, { flag: 'wx', mode: 0o600 })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  }
  return readFileSync(file, 'utf8').trim()
}
