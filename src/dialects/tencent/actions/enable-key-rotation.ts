// EnableKeyRotation: a CMK gets a new version by itself, every so many days.
import { Type } from 'typebox'
import { day } from '../../../core/units.ts'
import { defineAction } from '../../dialect.ts'
import { exampleKeyId } from '../examples.ts'
import { keyId, memberAccount, strict } from '../fields.ts'
import { lifecycle } from '../lifecycle.ts'

export const enableKeyRotation = defineAction({
  name: 'EnableKeyRotation',
  summary: 'A CMK gets a new version by itself, every so many days.',
  input: Type.Object(
    {
      KeyId: keyId,
      RotateDays: Type.Optional(
        Type.Integer({
          minimum: 7,
          maximum: 365,
          description: 'Days between rotations, 7 to 365; 365 when absent.',
          code: 'InvalidParameterValue',
        }),
      ),
      MemberAccount: memberAccount,
    },
    strict,
  ),
  output: Type.Object({}),
  errors: [
    'InvalidParameter',
    'InvalidParameterValue',
    'InvalidParameterValue.InvalidKeyId',
    'ResourceUnavailable.CmkNotFound',
    'ResourceUnavailable.CmkStateNotSupport',
    'UnauthorizedOperation',
    'UnsupportedOperation.NotRoleOperation',
    'UnsupportedOperation.ServiceTemporaryUnavailable',
  ],
  example: { input: { KeyId: exampleKeyId, RotateDays: 90 }, output: {} },
  async handle({ KeyId, RotateDays = 365 }, { kms, caller }) {
    await kms.setRotation(caller, { key: { keyId: KeyId }, interval: RotateDays * day, lifecycle })
    return {}
  },
})
