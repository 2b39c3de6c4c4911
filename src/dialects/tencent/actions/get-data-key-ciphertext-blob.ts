// GetDataKeyCiphertextBlob: the blob of a hosted data key, which Decrypt opens.
import { Type } from 'typebox'
import { defineAction } from '../../dialect.ts'
import { encodeCiphertext } from '../ciphertext.ts'
import { exampleBlob, exampleDataKeyId } from '../examples.ts'
import { dataKeyId, memberAccount, strict } from '../fields.ts'

export const getDataKeyCiphertextBlob = defineAction({
  name: 'GetDataKeyCiphertextBlob',
  summary: 'The blob of a hosted data key, which Decrypt opens with the context it was made with.',
  input: Type.Object({ DataKeyId: dataKeyId, MemberAccount: memberAccount }, strict),
  output: Type.Object({ CiphertextBlob: Type.String() }),
  errors: [
    'InvalidParameterValue.InvalidDataKeyId',
    'ResourceUnavailable.DataKeyNotFound',
    'ResourceUnavailable.DataKeyStateNotSupport',
    'UnauthorizedOperation',
    'UnsupportedOperation.NotRoleOperation',
  ],
  example: { input: { DataKeyId: exampleDataKeyId }, output: { CiphertextBlob: exampleBlob } },
  async handle({ DataKeyId }, { kms, caller }) {
    const { envelope, context } = await kms.exportDataKey(caller, { dataKeyId: DataKeyId })
    return { CiphertextBlob: encodeCiphertext(envelope, context) }
  },
})
