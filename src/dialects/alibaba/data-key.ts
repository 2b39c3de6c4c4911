// What GenerateDataKey and GenerateDataKeyWithoutPlaintext share: fields, length, the call.
import { Type } from 'typebox'
import type { GeneratedDataKey } from '../../core/operations/generate-data-key.ts'
import type { ActionContext } from '../dialect.ts'
import { parseEncryptionContext } from '../encryption-context.ts'
import { ParameterError } from '../parameters.ts'
import { contextLimit, dryRun, encryptionContext, keyId } from './fields.ts'
import { keyReference } from './key-reference.ts'

const lengths: ReadonlyMap<string, number> = new Map([
  ['AES_256', 32],
  ['AES_128', 16],
])

export const dataKeyInput = Type.Object({
  KeyId: keyId,
  KeySpec: Type.Optional(
    Type.String({ description: 'AES_256 or AES_128; not looked at beside NumberOfBytes.' }),
  ),
  NumberOfBytes: Type.Optional(
    Type.Integer({
      minimum: 1,
      maximum: 1024,
      description: 'Length in bytes, 1 to 1024; prevails over KeySpec.',
    }),
  ),
  EncryptionContext: encryptionContext,
  DryRun: dryRun,
})

/** Codes of the 2024 page. */
export const dataKeyErrors = [
  'InvalidParameter',
  'UnsupportedOperation',
  'Forbidden.AliasNotFound',
  'Forbidden.KeyNotFound',
  'Rejected.Disabled',
  'Rejected.PendingDeletion',
  'Rejected.Unavailable',
]

/** Makes the key. NumberOfBytes makes KeySpec irrelevant, even an unknown one; neither means 32 bytes. */
export async function makeDataKey(
  input: Type.Static<typeof dataKeyInput>,
  context: ActionContext,
): Promise<GeneratedDataKey> {
  const length = input.NumberOfBytes ?? lengths.get(input.KeySpec ?? 'AES_256')
  if (length === undefined) throw new ParameterError('value', 'KeySpec')
  return context.kms.generateDataKey(context.caller, {
    key: keyReference(input.KeyId, context),
    length,
    context: parseEncryptionContext(input.EncryptionContext, 'EncryptionContext', contextLimit),
  })
}
