// CancelKeyDeletion: cancels a scheduled deletion; the CMK is disabled then.
import { Type } from 'typebox'
import { defineAction } from '../../dialect.ts'
import { exampleKeyId } from '../examples.ts'
import { keyId, memberAccount, strict } from '../fields.ts'
import { lifecycle } from '../lifecycle.ts'

export const cancelKeyDeletion = defineAction({
  name: 'CancelKeyDeletion',
  summary: 'Cancels a scheduled deletion; the CMK is disabled then.',
  input: Type.Object({ KeyId: keyId, MemberAccount: memberAccount }, strict),
  output: Type.Object({ KeyId: Type.String() }),
  errors: [
    'InvalidParameterValue.InvalidKeyId',
    'ResourceUnavailable.CmkNotFound',
    'ResourceUnavailable.CmkNotPendingDelete',
    'UnauthorizedOperation',
    'UnsupportedOperation.NotRoleOperation',
    'UnsupportedOperation.ServiceTemporaryUnavailable',
  ],
  example: { input: { KeyId: exampleKeyId }, output: { KeyId: exampleKeyId } },
  async handle({ KeyId }, { kms, caller }) {
    await kms.changeKeyState(caller, { key: { keyId: KeyId }, event: 'cancel-deletion', lifecycle })
    return { KeyId }
  },
})
