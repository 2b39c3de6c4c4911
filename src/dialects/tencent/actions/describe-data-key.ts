// DescribeDataKey: what is known about a hosted data key.
import { Type } from 'typebox'
import { defineAction } from '../../dialect.ts'
import { dataKeyMetadata, toDataKeyMetadata } from '../data-key-metadata.ts'
import { exampleDataKeyId, exampleDataKeyMetadata } from '../examples.ts'
import { dataKeyId, memberAccount, strict } from '../fields.ts'

export const describeDataKey = defineAction({
  name: 'DescribeDataKey',
  summary: 'What is known about a hosted data key.',
  input: Type.Object({ DataKeyId: dataKeyId, MemberAccount: memberAccount }, strict),
  output: Type.Object({ DataKeyMetadata: dataKeyMetadata }),
  errors: [
    'InvalidParameterValue.InvalidDataKeyId',
    'ResourceUnavailable.DataKeyNotFound',
    'UnauthorizedOperation',
    'UnsupportedOperation.NotRoleOperation',
  ],
  example: {
    input: { DataKeyId: exampleDataKeyId },
    output: { DataKeyMetadata: exampleDataKeyMetadata },
  },
  async handle({ DataKeyId }, { kms, caller }) {
    const dataKeys = await kms.describeDataKeys(caller, { dataKeyIds: [DataKeyId] })
    const [DataKeyMetadata] = dataKeys.map(toDataKeyMetadata)
    if (DataKeyMetadata === undefined)
      throw new Error('an operation gave fewer data keys than were asked for')
    return { DataKeyMetadata }
  },
})
