// ScheduleKeyDeletion: the CMK and everything under it will be gone after the window.
import { Type } from 'typebox'
import { defineAction } from '../../dialect.ts'
import { exampleKeyId } from '../examples.ts'
import { keyId, memberAccount, pendingWindowInDays, strict } from '../fields.ts'
import { seconds } from '../key-metadata.ts'
import { lifecycle } from '../lifecycle.ts'

export const scheduleKeyDeletion = defineAction({
  name: 'ScheduleKeyDeletion',
  summary: 'The CMK and everything under it will be gone after the window.',
  input: Type.Object(
    { KeyId: keyId, PendingWindowInDays: pendingWindowInDays, MemberAccount: memberAccount },
    strict,
  ),
  output: Type.Object({ DeletionDate: Type.Integer(), KeyId: Type.String() }),
  errors: [
    'FailedOperation.CmkUsedByCloudProduct',
    'InvalidParameter.InvalidPendingWindowInDays',
    'InvalidParameterValue.InvalidKeyId',
    'ResourceUnavailable.CmkNotFound',
    'ResourceUnavailable.CmkShouldBeDisabled',
    'ResourceUnavailable.CmkStateNotSupport',
    'UnauthorizedOperation',
    'UnsupportedOperation.NotRoleOperation',
    'UnsupportedOperation.ServiceTemporaryUnavailable',
  ],
  example: {
    input: { KeyId: exampleKeyId, PendingWindowInDays: 7 },
    output: { DeletionDate: 1700604800, KeyId: exampleKeyId },
  },
  async handle({ KeyId, PendingWindowInDays }, { kms, caller }) {
    const key = await kms.scheduleKeyDeletion(caller, {
      key: { keyId: KeyId },
      days: PendingWindowInDays,
      lifecycle,
    })
    return { DeletionDate: seconds(key.deletionAt), KeyId: key.id }
  },
})
