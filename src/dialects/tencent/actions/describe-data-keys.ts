// DescribeDataKeys: what is known about several hosted data keys at once.
import { Type } from 'typebox'
import { defineAction } from '../../dialect.ts'
import { dataKeyMetadata, toDataKeyMetadata } from '../data-key-metadata.ts'
import { exampleDataKeyId, exampleDataKeyMetadata } from '../examples.ts'
import { checkDistinct, dataKeyIds, memberAccount, strict } from '../fields.ts'

export const describeDataKeys = defineAction({
  name: 'DescribeDataKeys',
  summary: 'What is known about several hosted data keys at once.',
  input: Type.Object({ DataKeyIds: dataKeyIds, MemberAccount: memberAccount }, strict),
  output: Type.Object({ DataKeyMetadatas: Type.Array(dataKeyMetadata) }),
  errors: [
    'InvalidParameterValue',
    'InvalidParameterValue.DuplicatedDataKeyId',
    'InvalidParameterValue.InvalidDataKeyId',
    'ResourceUnavailable.DataKeyNotFound',
    'UnauthorizedOperation',
    'UnsupportedOperation.NotRoleOperation',
  ],
  example: {
    input: { DataKeyIds: [exampleDataKeyId] },
    output: { DataKeyMetadatas: [exampleDataKeyMetadata] },
  },
  async handle({ DataKeyIds }, { kms, caller }) {
    checkDistinct(DataKeyIds, 'DataKeyIds', 'InvalidParameterValue.DuplicatedDataKeyId')
    const dataKeys = await kms.describeDataKeys(caller, { dataKeyIds: DataKeyIds })
    return { DataKeyMetadatas: dataKeys.map(toDataKeyMetadata) }
  },
})
