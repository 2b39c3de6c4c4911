// Errors in the words of the log.
import { KmsError } from '../core/errors.ts'

/** An error as one line for operators: code and detail, no stack. */
export function describe(error: unknown): string {
  if (error instanceof KmsError) {
    const { detail } = error.facts as { detail?: string }
    return detail === undefined ? error.code : `${error.code}: ${detail}`
  }
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error)
}
