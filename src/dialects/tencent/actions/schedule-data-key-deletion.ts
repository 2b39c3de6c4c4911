// ScheduleDataKeyDeletion: a hosted data key will be gone after the window.
import { Type } from 'typebox'
import { defineAction } from '../../dialect.ts'
import { exampleDataKeyId } from '../examples.ts'
import { dataKeyId, memberAccount, pendingWindowInDays, strict } from '../fields.ts'
import { seconds } from '../key-metadata.ts'

export const scheduleDataKeyDeletion = defineAction({
  name: 'ScheduleDataKeyDeletion',
  summary: 'A hosted data key will be gone after the window.',
  input: Type.Object(
    { DataKeyId: dataKeyId, PendingWindowInDays: pendingWindowInDays, MemberAccount: memberAccount },
    strict,
  ),
  output: Type.Object({ DeletionDate: Type.Integer(), DataKeyId: Type.String() }),
  errors: [
    'InvalidParameter.InvalidPendingWindowInDays',
    'InvalidParameterValue.InvalidDataKeyId',
    'ResourceUnavailable.DataKeyNotFound',
    'ResourceUnavailable.DataKeyStateNotSupport',
    'UnauthorizedOperation',
    'UnsupportedOperation.NotRoleOperation',
  ],
  example: {
    input: { DataKeyId: exampleDataKeyId, PendingWindowInDays: 7 },
    output: { DeletionDate: 1700604800, DataKeyId: exampleDataKeyId },
  },
  async handle(input, { kms, caller }) {
    const [dataKey] = await kms.changeDataKeyState(caller, {
      dataKeyIds: [input.DataKeyId],
      event: 'schedule-deletion',
      days: input.PendingWindowInDays,
    })
    return { DeletionDate: seconds(dataKey?.deletionAt ?? null), DataKeyId: input.DataKeyId }
  },
})
