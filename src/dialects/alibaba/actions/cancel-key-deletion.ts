// CancelKeyDeletion: cancels a scheduled deletion; the CMK is enabled then.
import { Type } from 'typebox'
import { defineAction } from '../../dialect.ts'
import { exampleKeyId } from '../examples.ts'
import { globalKeyId } from '../fields.ts'
import { keyIdOnly } from '../key-reference.ts'
import { lifecycle } from '../lifecycle.ts'

export const cancelKeyDeletion = defineAction({
  name: 'CancelKeyDeletion',
  summary: 'Cancels a scheduled deletion; the CMK is enabled then.',
  input: Type.Object({ KeyId: globalKeyId }),
  output: Type.Object({}),
  errors: ['Forbidden.KeyNotFound', 'Rejected.StateModifiedFailed', 'Unsupported.Alias'],
  example: { input: { KeyId: exampleKeyId }, output: {} },
  async handle({ KeyId }, context) {
    const key = { keyId: keyIdOnly(KeyId, context) }
    await context.kms.changeKeyState(context.caller, { key, event: 'cancel-deletion', lifecycle })
    return {}
  },
})
