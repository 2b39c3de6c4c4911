// DisableKey: makes a CMK unusable until it is enabled again.
import { Type } from 'typebox'
import { defineAction } from '../../dialect.ts'
import { exampleKeyId } from '../examples.ts'
import { keyId, memberAccount, strict } from '../fields.ts'
import { lifecycle } from '../lifecycle.ts'

export const disableKey = defineAction({
  name: 'DisableKey',
  summary: 'Makes a CMK unusable until it is enabled again.',
  input: Type.Object({ KeyId: keyId, MemberAccount: memberAccount }, strict),
  output: Type.Object({}),
  errors: [
    'InvalidParameter',
    'InvalidParameterValue.InvalidKeyId',
    'ResourceUnavailable.CmkNotFound',
    'ResourceUnavailable.CmkStateNotSupport',
    'UnauthorizedOperation',
    'UnsupportedOperation.NotRoleOperation',
    'UnsupportedOperation.ServiceTemporaryUnavailable',
    'FailedOperation.CmkUsedByCloudProduct',
  ],
  example: { input: { KeyId: exampleKeyId }, output: {} },
  async handle({ KeyId }, { kms, caller }) {
    await kms.changeKeyState(caller, { key: { keyId: KeyId }, event: 'disable', lifecycle })
    return {}
  },
})
