// DescribeKey: what is known about one CMK, in whatever state it is.
import { Type } from 'typebox'
import { defineAction } from '../../dialect.ts'
import { exampleKeyId, exampleMetadata } from '../examples.ts'
import { keyId, memberAccount, strict } from '../fields.ts'
import { keyMetadata, toKeyMetadata } from '../key-metadata.ts'

export const describeKey = defineAction({
  name: 'DescribeKey',
  summary: 'What is known about one CMK, in whatever state it is.',
  input: Type.Object({ KeyId: keyId, MemberAccount: memberAccount }, strict),
  output: Type.Object({ KeyMetadata: keyMetadata }),
  errors: [
    'InvalidParameter',
    'InvalidParameterValue.InvalidKeyId',
    'ResourceUnavailable.CmkNotFound',
    'UnauthorizedOperation',
    'UnsupportedOperation.NotRoleOperation',
  ],
  example: { input: { KeyId: exampleKeyId }, output: { KeyMetadata: exampleMetadata } },
  async handle({ KeyId }, { kms, caller }) {
    return { KeyMetadata: toKeyMetadata(await kms.describeKey(caller, { key: { keyId: KeyId } })) }
  },
})
