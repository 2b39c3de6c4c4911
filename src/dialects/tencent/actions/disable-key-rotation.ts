// DisableKeyRotation: a CMK keeps the version it has.
import { Type } from 'typebox'
import { defineAction } from '../../dialect.ts'
import { exampleKeyId } from '../examples.ts'
import { keyId, memberAccount, strict } from '../fields.ts'
import { lifecycle } from '../lifecycle.ts'

export const disableKeyRotation = defineAction({
  name: 'DisableKeyRotation',
  summary: 'A CMK keeps the version it has; no state of the CMK refuses it.',
  input: Type.Object({ KeyId: keyId, MemberAccount: memberAccount }, strict),
  output: Type.Object({}),
  errors: [
    'InvalidParameter',
    'InvalidParameterValue.InvalidKeyId',
    'ResourceUnavailable.CmkNotFound',
    'UnauthorizedOperation',
    'UnsupportedOperation.NotRoleOperation',
  ],
  example: { input: { KeyId: exampleKeyId }, output: {} },
  async handle({ KeyId }, { kms, caller }) {
    await kms.setRotation(caller, { key: { keyId: KeyId }, interval: null, lifecycle })
    return {}
  },
})
