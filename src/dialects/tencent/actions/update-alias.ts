// UpdateAlias: gives a CMK another name.
import { Type } from 'typebox'
import { defineAction } from '../../dialect.ts'
import { exampleKeyId } from '../examples.ts'
import { alias, keyId, memberAccount, strict } from '../fields.ts'
import { lifecycle } from '../lifecycle.ts'

export const updateAlias = defineAction({
  name: 'UpdateAlias',
  summary: 'Gives a CMK another name.',
  input: Type.Object({ Alias: alias, KeyId: keyId, MemberAccount: memberAccount }, strict),
  output: Type.Object({}),
  errors: [
    'InvalidParameter',
    'InvalidParameterValue.AliasAlreadyExists',
    'InvalidParameterValue.InvalidAlias',
    'InvalidParameterValue.InvalidKeyId',
    'ResourceUnavailable.CmkNotFound',
    'ResourceUnavailable.CmkStateNotSupport',
    'UnauthorizedOperation',
    'UnsupportedOperation.NotRoleOperation',
    'UnsupportedOperation.ServiceTemporaryUnavailable',
  ],
  example: { input: { Alias: 'invoices', KeyId: exampleKeyId }, output: {} },
  async handle({ Alias, KeyId }, { kms, caller }) {
    await kms.renameKey(caller, { keyId: KeyId, alias: Alias, lifecycle })
    return {}
  },
})
