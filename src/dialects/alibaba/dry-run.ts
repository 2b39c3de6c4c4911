// DryRun (GenerateDataKey page of 2024): a request that is checked and never carried out, and so never succeeds.
import { KmsError, kmsError } from '../../core/errors.ts'
import { WireError } from '../dialect.ts'
import { isInternal } from '../failure.ts'
import { wordError } from './errors.ts'

/**
 * Runs an action on operations without effects. Throws `dry-run-passed` when the request would have
 * been carried out; WireError AccessDeniedError when the caller may not do it, ValidationError with the reason when it
 * would have been refused for another one; and what is nobody's mistake (throttling, a token that is away) as it is.
 * The HTTP statuses are undocumented: 403 and 400.
 */
export async function dryRun(attempt: () => Promise<unknown>, action: string): Promise<never> {
  try {
    await attempt()
  } catch (error) {
    const code = error instanceof KmsError ? error.code : undefined
    if (isInternal(error) || code === 'throttled') throw error
    const { message } = wordError(error, action)
    if (code === 'access-denied') throw new WireError('AccessDeniedError', message, 403)
    if (code !== 'dry-run-passed') throw new WireError('ValidationError', message)
  }
  // Decryption passes by returning.
  throw kmsError('dry-run-passed', {})
}
