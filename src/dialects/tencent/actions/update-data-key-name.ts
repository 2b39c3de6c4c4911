// UpdateDataKeyName: gives a hosted data key another name.
import { Type } from 'typebox'
import { defineAction } from '../../dialect.ts'
import { exampleDataKeyId } from '../examples.ts'
import { dataKeyId, dataKeyName, memberAccount, strict } from '../fields.ts'

export const updateDataKeyName = defineAction({
  name: 'UpdateDataKeyName',
  summary: 'Gives a hosted data key another name.',
  input: Type.Object(
    { DataKeyId: dataKeyId, DataKeyName: dataKeyName, MemberAccount: memberAccount },
    strict,
  ),
  output: Type.Object({}),
  errors: [
    'InvalidParameterValue',
    'InvalidParameterValue.DataKeyNameAlreadyExists',
    'InvalidParameterValue.InvalidDataKeyId',
    'InvalidParameterValue.InvalidDataKeyName',
    'ResourceUnavailable.DataKeyNotFound',
    'UnauthorizedOperation',
    'UnsupportedOperation.NotRoleOperation',
  ],
  example: { input: { DataKeyId: exampleDataKeyId, DataKeyName: 'orders-2027' }, output: {} },
  async handle({ DataKeyId, DataKeyName }, { kms, caller }) {
    await kms.updateDataKey(caller, { dataKeyId: DataKeyId, name: DataKeyName })
    return {}
  },
})
