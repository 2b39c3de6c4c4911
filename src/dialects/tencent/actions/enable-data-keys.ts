// EnableDataKeys: makes several disabled hosted data keys usable again, all or none.
import { Type } from 'typebox'
import { defineAction } from '../../dialect.ts'
import { exampleDataKeyId } from '../examples.ts'
import { checkDistinct, dataKeyIds, memberAccount, strict } from '../fields.ts'

export const enableDataKeys = defineAction({
  name: 'EnableDataKeys',
  summary: 'Makes several disabled hosted data keys usable again, all or none.',
  input: Type.Object({ DataKeyIds: dataKeyIds, MemberAccount: memberAccount }, strict),
  output: Type.Object({}),
  errors: [
    'InvalidParameterValue',
    'InvalidParameterValue.DuplicatedDataKeyId',
    'InvalidParameterValue.InvalidDataKeyId',
    'ResourceUnavailable.CmkNotFound',
    'ResourceUnavailable.CmkStateNotSupport',
    'ResourceUnavailable.DataKeyNotFound',
    'ResourceUnavailable.DataKeyStateNotSupport',
    'UnauthorizedOperation',
    'UnsupportedOperation.NotRoleOperation',
  ],
  example: { input: { DataKeyIds: [exampleDataKeyId] }, output: {} },
  async handle({ DataKeyIds }, { kms, caller }) {
    checkDistinct(DataKeyIds, 'DataKeyIds', 'InvalidParameterValue.DuplicatedDataKeyId')
    await kms.changeDataKeyState(caller, { dataKeyIds: DataKeyIds, event: 'enable' })
    return {}
  },
})
