// UpdateKeyDescription: the text people keep with a CMK.
import { Type } from 'typebox'
import { defineAction } from '../../dialect.ts'
import { exampleKeyId } from '../examples.ts'
import { keyId, memberAccount, strict } from '../fields.ts'
import { lifecycle } from '../lifecycle.ts'
import { checkDescription } from './create-key.ts'

export const updateKeyDescription = defineAction({
  name: 'UpdateKeyDescription',
  summary: 'Changes the text people keep with a CMK.',
  input: Type.Object(
    {
      Description: Type.String({ description: 'At most 1,024 bytes.' }),
      KeyId: keyId,
      MemberAccount: memberAccount,
    },
    strict,
  ),
  output: Type.Object({}),
  errors: [
    'InvalidParameter',
    'InvalidParameterValue.InvalidKeyId',
    'ResourceUnavailable.CmkNotFound',
    'ResourceUnavailable.CmkStateNotSupport',
    'UnauthorizedOperation',
    'UnsupportedOperation.NotRoleOperation',
    'UnsupportedOperation.ServiceTemporaryUnavailable',
  ],
  example: { input: { Description: 'invoices since May', KeyId: exampleKeyId }, output: {} },
  async handle({ Description, KeyId }, { kms, caller }) {
    checkDescription(Description)
    await kms.updateKeyDescription(caller, { key: { keyId: KeyId }, description: Description, lifecycle })
    return {}
  },
})
