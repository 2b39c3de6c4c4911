// EnableDataKey: makes a disabled hosted data key usable again.
import { Type } from 'typebox'
import { defineAction } from '../../dialect.ts'
import { exampleDataKeyId } from '../examples.ts'
import { dataKeyId, memberAccount, strict } from '../fields.ts'

export const enableDataKey = defineAction({
  name: 'EnableDataKey',
  summary: 'Makes a disabled hosted data key usable again.',
  input: Type.Object({ DataKeyId: dataKeyId, MemberAccount: memberAccount }, strict),
  output: Type.Object({}),
  errors: [
    'InvalidParameterValue.InvalidDataKeyId',
    'ResourceUnavailable.CmkNotFound',
    'ResourceUnavailable.CmkStateNotSupport',
    'ResourceUnavailable.DataKeyNotFound',
    'ResourceUnavailable.DataKeyStateNotSupport',
    'UnauthorizedOperation',
    'UnsupportedOperation.NotRoleOperation',
  ],
  example: { input: { DataKeyId: exampleDataKeyId }, output: {} },
  async handle({ DataKeyId }, { kms, caller }) {
    await kms.changeDataKeyState(caller, { dataKeyIds: [DataKeyId], event: 'enable' })
    return {}
  },
})
