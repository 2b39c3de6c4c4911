// ArchiveKey: archives a CMK: it decrypts, but encrypts no more.
import { Type } from 'typebox'
import { defineAction } from '../../dialect.ts'
import { exampleKeyId } from '../examples.ts'
import { keyId, memberAccount, strict } from '../fields.ts'
import { lifecycle } from '../lifecycle.ts'

export const archiveKey = defineAction({
  name: 'ArchiveKey',
  summary: 'Archives a CMK: it decrypts, but encrypts no more.',
  input: Type.Object({ KeyId: keyId, MemberAccount: memberAccount }, strict),
  output: Type.Object({}),
  errors: [
    'InvalidParameter',
    'InvalidParameterValue.InvalidKeyId',
    'ResourceUnavailable.CmkNotFound',
    'ResourceUnavailable.CmkStateNotSupport',
    'FailedOperation.CmkUsedByCloudProduct',
    'UnauthorizedOperation',
    'UnsupportedOperation.NotRoleOperation',
    'UnsupportedOperation.NotUserCreatedCmk',
    'UnsupportedOperation.ServiceTemporaryUnavailable',
  ],
  example: { input: { KeyId: exampleKeyId }, output: {} },
  async handle({ KeyId }, { kms, caller }) {
    await kms.changeKeyState(caller, { key: { keyId: KeyId }, event: 'archive', lifecycle })
    return {}
  },
})
