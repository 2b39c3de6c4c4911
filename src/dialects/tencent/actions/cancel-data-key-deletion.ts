// CancelDataKeyDeletion: takes a hosted data key back from its deletion; it is disabled then.
import { Type } from 'typebox'
import { defineAction } from '../../dialect.ts'
import { exampleDataKeyId } from '../examples.ts'
import { dataKeyId, memberAccount, strict } from '../fields.ts'

export const cancelDataKeyDeletion = defineAction({
  name: 'CancelDataKeyDeletion',
  summary: 'Takes a hosted data key back from its deletion; it is disabled then.',
  input: Type.Object({ DataKeyId: dataKeyId, MemberAccount: memberAccount }, strict),
  output: Type.Object({ DataKeyId: Type.String() }),
  errors: [
    'InvalidParameterValue.InvalidDataKeyId',
    'LimitExceeded.DataKeyLimitExceeded',
    'ResourceUnavailable.CmkNotFound',
    'ResourceUnavailable.CmkStateNotSupport',
    'ResourceUnavailable.DataKeyNotFound',
    'ResourceUnavailable.DataKeyNotPendingDelete',
    'UnauthorizedOperation',
    'UnsupportedOperation.NotRoleOperation',
  ],
  example: { input: { DataKeyId: exampleDataKeyId }, output: { DataKeyId: exampleDataKeyId } },
  async handle({ DataKeyId }, { kms, caller }) {
    await kms.changeDataKeyState(caller, { dataKeyIds: [DataKeyId], event: 'cancel-deletion' })
    return { DataKeyId }
  },
})
