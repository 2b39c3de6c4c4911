// UpdateKeyDescription: changes the text people keep with a CMK.
import { Type } from 'typebox'
import { defineAction } from '../../dialect.ts'
import { exampleKeyId } from '../examples.ts'
import { globalKeyId } from '../fields.ts'
import { keyIdOnly } from '../key-reference.ts'
import { lifecycle } from '../lifecycle.ts'

export const updateKeyDescription = defineAction({
  name: 'UpdateKeyDescription',
  summary: 'Changes the text people keep with a CMK.',
  input: Type.Object({
    KeyId: globalKeyId,
    // Required, yet 0 characters long when a description is taken away.
    Description: Type.String({ minLength: 0, maxLength: 8192, description: '0 to 8,192 characters.' }),
  }),
  output: Type.Object({}),
  errors: ['InvalidParameter', 'Forbidden.KeyNotFound', 'Rejected.PendingDeletion', 'Unsupported.Alias'],
  example: { input: { KeyId: exampleKeyId, Description: 'orders' }, output: {} },
  async handle({ KeyId, Description: description }, context) {
    const key = { keyId: keyIdOnly(KeyId, context) }
    await context.kms.updateKeyDescription(context.caller, { key, description, lifecycle })
    return {}
  },
})
