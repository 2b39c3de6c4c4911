// DisableDataKeys: makes several hosted data keys unusable, all or none.
import { Type } from 'typebox'
import { defineAction } from '../../dialect.ts'
import { exampleDataKeyId } from '../examples.ts'
import { checkDistinct, dataKeyIds, memberAccount, strict } from '../fields.ts'

export const disableDataKeys = defineAction({
  name: 'DisableDataKeys',
  summary: 'Makes several hosted data keys unusable, all or none.',
  input: Type.Object({ DataKeyIds: dataKeyIds, MemberAccount: memberAccount }, strict),
  output: Type.Object({}),
  errors: [
    'InvalidParameterValue',
    'InvalidParameterValue.DuplicatedDataKeyId',
    'InvalidParameterValue.InvalidDataKeyId',
    'ResourceUnavailable.DataKeyNotFound',
    'ResourceUnavailable.DataKeyStateNotSupport',
    'UnauthorizedOperation',
    'UnsupportedOperation.NotRoleOperation',
  ],
  example: { input: { DataKeyIds: [exampleDataKeyId] }, output: {} },
  async handle({ DataKeyIds }, { kms, caller }) {
    checkDistinct(DataKeyIds, 'DataKeyIds', 'InvalidParameterValue.DuplicatedDataKeyId')
    await kms.changeDataKeyState(caller, { dataKeyIds: DataKeyIds, event: 'disable' })
    return {}
  },
})
