// DescribeKeys: what is known about several CMKs at once.
import { Type } from 'typebox'
import { defineAction } from '../../dialect.ts'
import { exampleKeyId, exampleMetadata } from '../examples.ts'
import { checkDistinct, keyId, memberAccount, strict } from '../fields.ts'
import { keyMetadata, toKeyMetadata } from '../key-metadata.ts'

export const describeKeys = defineAction({
  name: 'DescribeKeys',
  summary: 'What is known about several CMKs at once.',
  input: Type.Object(
    {
      KeyIds: Type.Array(keyId, {
        minItems: 1,
        maxItems: 100,
        description: 'CMK IDs, at most 100, none twice.',
      }),
      MemberAccount: memberAccount,
    },
    strict,
  ),
  output: Type.Object({ KeyMetadatas: Type.Array(keyMetadata) }),
  errors: [
    'InvalidParameter',
    'InvalidParameterValue.DuplicatedKeyId',
    'InvalidParameterValue.InvalidKeyId',
    'ResourceUnavailable.CmkNotFound',
    'UnauthorizedOperation',
    'UnsupportedOperation.NotRoleOperation',
  ],
  example: { input: { KeyIds: [exampleKeyId] }, output: { KeyMetadatas: [exampleMetadata] } },
  async handle({ KeyIds }, { kms, caller }) {
    checkDistinct(KeyIds, 'KeyIds', 'InvalidParameterValue.DuplicatedKeyId')
    const keys = await kms.describeKeys(caller, { keyIds: KeyIds })
    return { KeyMetadatas: keys.map(toKeyMetadata) }
  },
})
