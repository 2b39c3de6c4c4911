// UpdateDataKeyDescription: gives a hosted data key another description.
import { Type } from 'typebox'
import { defineAction } from '../../dialect.ts'
import { exampleDataKeyId } from '../examples.ts'
import { checkDataKeyDescription, dataKeyDescription, dataKeyId, memberAccount, strict } from '../fields.ts'

export const updateDataKeyDescription = defineAction({
  name: 'UpdateDataKeyDescription',
  summary: 'Gives a hosted data key another description.',
  input: Type.Object(
    { DataKeyId: dataKeyId, Description: dataKeyDescription, MemberAccount: memberAccount },
    strict,
  ),
  output: Type.Object({}),
  errors: [
    'InvalidParameterValue.InvalidDataKeyId',
    'ResourceUnavailable.DataKeyNotFound',
    'UnauthorizedOperation',
    'UnsupportedOperation.NotRoleOperation',
  ],
  example: { input: { DataKeyId: exampleDataKeyId, Description: 'orders of 2027' }, output: {} },
  async handle({ DataKeyId, Description }, { kms, caller }) {
    checkDataKeyDescription(Description)
    await kms.updateDataKey(caller, { dataKeyId: DataKeyId, description: Description })
    return {}
  },
})
