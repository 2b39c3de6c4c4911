// CancelKeyArchive: takes a CMK out of the archive; it is enabled then.
import { Type } from 'typebox'
import { defineAction } from '../../dialect.ts'
import { exampleKeyId } from '../examples.ts'
import { keyId, memberAccount, strict } from '../fields.ts'
import { lifecycle } from '../lifecycle.ts'

export const cancelKeyArchive = defineAction({
  name: 'CancelKeyArchive',
  summary: 'Takes a CMK out of the archive; it is enabled then.',
  input: Type.Object({ KeyId: keyId, MemberAccount: memberAccount }, strict),
  output: Type.Object({}),
  errors: [
    'InvalidParameter',
    'InvalidParameterValue.InvalidKeyId',
    'ResourceUnavailable.CmkNotFound',
    'ResourceUnavailable.CmkStateNotSupport',
    'UnauthorizedOperation',
    'UnsupportedOperation.NotRoleOperation',
    'UnsupportedOperation.NotUserCreatedCmk',
    'UnsupportedOperation.ServiceTemporaryUnavailable',
  ],
  example: { input: { KeyId: exampleKeyId }, output: {} },
  async handle({ KeyId }, { kms, caller }) {
    await kms.changeKeyState(caller, { key: { keyId: KeyId }, event: 'cancel-archive', lifecycle })
    return {}
  },
})
