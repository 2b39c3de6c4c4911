// DisableDataKey: makes a hosted data key unusable until it is enabled.
import { Type } from 'typebox'
import { defineAction } from '../../dialect.ts'
import { exampleDataKeyId } from '../examples.ts'
import { dataKeyId, memberAccount, strict } from '../fields.ts'

export const disableDataKey = defineAction({
  name: 'DisableDataKey',
  summary: 'Makes a hosted data key unusable until it is enabled.',
  input: Type.Object({ DataKeyId: dataKeyId, MemberAccount: memberAccount }, strict),
  output: Type.Object({}),
  errors: [
    'InvalidParameterValue.InvalidDataKeyId',
    'ResourceUnavailable.DataKeyNotFound',
    'ResourceUnavailable.DataKeyStateNotSupport',
    'UnauthorizedOperation',
    'UnsupportedOperation.NotRoleOperation',
  ],
  example: { input: { DataKeyId: exampleDataKeyId }, output: {} },
  async handle({ DataKeyId }, { kms, caller }) {
    await kms.changeDataKeyState(caller, { dataKeyIds: [DataKeyId], event: 'disable' })
    return {}
  },
})
