// ScheduleKeyDeletion: the CMK and everything under it will be gone after the window.
import { Type } from 'typebox'
import { defineAction } from '../../dialect.ts'
import { exampleKeyId } from '../examples.ts'
import { globalKeyId } from '../fields.ts'
import { keyIdOnly } from '../key-reference.ts'
import { lifecycle } from '../lifecycle.ts'

export const scheduleKeyDeletion = defineAction({
  name: 'ScheduleKeyDeletion',
  summary: 'The CMK and everything under it will be gone after the window.',
  input: Type.Object({
    KeyId: globalKeyId,
    PendingWindowInDays: Type.Integer({
      minimum: 7,
      maximum: 366,
      description: 'Days until deletion, 7 to 366.',
    }),
  }),
  output: Type.Object({}),
  errors: ['InvalidParameter', 'Forbidden.KeyNotFound', 'Rejected.StateModifiedFailed', 'Unsupported.Alias'],
  example: { input: { KeyId: exampleKeyId, PendingWindowInDays: 7 }, output: {} },
  async handle({ KeyId, PendingWindowInDays: days }, context) {
    const key = { keyId: keyIdOnly(KeyId, context) }
    await context.kms.scheduleKeyDeletion(context.caller, { key, days, lifecycle })
    return {}
  },
})
