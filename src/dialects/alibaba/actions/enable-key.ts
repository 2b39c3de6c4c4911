// EnableKey: makes a disabled CMK usable again.
import { Type } from 'typebox'
import { defineAction } from '../../dialect.ts'
import { exampleKeyId } from '../examples.ts'
import { globalKeyId } from '../fields.ts'
import { keyIdOnly } from '../key-reference.ts'
import { lifecycle } from '../lifecycle.ts'

export const enableKey = defineAction({
  name: 'EnableKey',
  summary: 'Makes a disabled CMK usable again.',
  input: Type.Object({ KeyId: globalKeyId }),
  output: Type.Object({}),
  errors: ['Forbidden.KeyNotFound', 'Rejected.StateModifiedFailed', 'Unsupported.Alias'],
  example: { input: { KeyId: exampleKeyId }, output: {} },
  async handle({ KeyId }, context) {
    const key = { keyId: keyIdOnly(KeyId, context) }
    await context.kms.changeKeyState(context.caller, { key, event: 'enable', lifecycle })
    return {}
  },
})
