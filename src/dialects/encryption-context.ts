// EncryptionContext on the wire: the text of a JSON object whose values are strings.
import type { EncryptionContext } from '../core/sealed.ts'
import { ParameterError } from './parameters.ts'

/**
 * Absent, empty, `{}` and `null` are one and the same: no context. Throws ParameterError naming `parameter`
 * when the text is longer than `maxLength` characters or is not a JSON object of strings.
 */
export function parseEncryptionContext(
  text: string | undefined,
  parameter: string,
  maxLength: number,
): EncryptionContext {
  if (text === undefined || text === '') return {}
  if (text.length > maxLength) throw new ParameterError('value', parameter)
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw new ParameterError('value', parameter)
  }
  if (value === null) return {}
  if (typeof value !== 'object' || Array.isArray(value)) throw new ParameterError('value', parameter)
  if (Object.values(value).some((member) => typeof member !== 'string')) {
    throw new ParameterError('value', parameter)
  }
  return value as EncryptionContext
}
