// GetKeyRotationStatus: whether a CMK rotates by itself.
import { Type } from 'typebox'
import { defineAction } from '../../dialect.ts'
import { exampleKeyId } from '../examples.ts'
import { keyId, memberAccount, strict } from '../fields.ts'

export const getKeyRotationStatus = defineAction({
  name: 'GetKeyRotationStatus',
  summary: 'Whether a CMK rotates by itself.',
  input: Type.Object({ KeyId: keyId, MemberAccount: memberAccount }, strict),
  output: Type.Object({ KeyRotationEnabled: Type.Boolean() }),
  errors: [
    'InvalidParameter',
    'InvalidParameterValue.InvalidKeyId',
    'ResourceUnavailable.CmkNotFound',
    'UnauthorizedOperation',
    'UnsupportedOperation.NotRoleOperation',
  ],
  example: { input: { KeyId: exampleKeyId }, output: { KeyRotationEnabled: true } },
  async handle({ KeyId }, { kms, caller }) {
    const { rotationInterval } = await kms.describeKey(caller, { key: { keyId: KeyId } })
    return { KeyRotationEnabled: rotationInterval !== null }
  },
})
