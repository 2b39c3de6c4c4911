// The parameters of key policies (GetKeyPolicy, SetKeyPolicy, CreateKey).
import { Type } from 'typebox'
import { parseKeyPolicy } from '../../core/key-policy.ts'
import { PolicyError } from '../../core/policy.ts'
import { WireError } from '../dialect.ts'
import { ParameterError } from '../parameters.ts'

export const policyName = Type.Optional(
  Type.String({ description: 'default, the only one a CMK has, which is meant when nothing is given.' }),
)

export const policyText = Type.String({ description: 'JSON, at most 32,768 bytes.' })

/** An example in the form of the page. */
export const examplePolicy =
  '{"Version":"1","Statement":[{"Sid":"kms default key policy","Effect":"Allow","Principal":{"RAM":["acs:ram::100000000001:*"]},"Action":["kms:*"],"Resource":["*"]}]}'

/** Throws WireError Forbidden.ResourceNotFound for any other name than `default`. */
export function requireDefault(name: string | undefined): void {
  if (name === undefined || name === 'default') return
  throw new WireError('Forbidden.ResourceNotFound', 'The specified key policy is not found.', 404)
}

/** The text itself. Throws ParameterError naming Policy. */
export function checkPolicy(text: string): string {
  try {
    parseKeyPolicy(text)
    return text
  } catch (error) {
    throw error instanceof PolicyError ? new ParameterError('value', 'Policy') : error
  }
}
