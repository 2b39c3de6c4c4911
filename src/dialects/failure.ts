// Which failures are the service's own, in every dialect.
import { KmsError, type KmsErrorCode } from '../core/errors.ts'
import { WireError } from './dialect.ts'
import { ParameterError } from './parameters.ts'

const own: readonly KmsErrorCode[] = ['unavailable', 'internal', 'tagging-failed']

/** True for errors whose cause belongs in the log: nobody's who asked. */
export function isInternal(error: unknown): boolean {
  if (error instanceof KmsError) return own.includes(error.code)
  return !(error instanceof WireError || error instanceof ParameterError)
}
