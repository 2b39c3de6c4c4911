// What several commands take: options of one meaning, and files that are named to them.
import { readFileSync } from 'node:fs'
import { Refusal } from './output.ts'

/** For commands that print one thing. */
export const jsonOption = ['--json', 'print it as one JSON object'] as const

/** For commands about what an account has. */
export const accountOption = ['--account <id>', "account it is of; the home's own when absent"] as const

/** The text of a file named on the command line. Throws Refusal. */
export function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    throw new Refusal(`${file} cannot be read`)
  }
}
