// RotateKey: a CMK gets a new version at once. The China edition alone has it.
import { Type } from 'typebox'
import { defineAction } from '../../dialect.ts'
import { exampleKeyId, exampleVersionId } from '../examples.ts'
import { keyId, memberAccount, strict } from '../fields.ts'
import { refuse } from '../messages.ts'
import { rotationRules } from '../rotation.ts'

export const rotateKey = defineAction({
  name: 'RotateKey',
  summary: 'A CMK gets a new version at once; China edition only.',
  input: Type.Object({ KeyId: keyId, MemberAccount: memberAccount }, strict),
  output: Type.Object({ TaskId: Type.String() }),
  errors: [
    'FailedOperation.RotateTaskRunning',
    'InvalidAction',
    'InvalidParameter',
    'InvalidParameterValue.InvalidKeyId',
    'RequestLimitExceeded.RotateRateLimited',
    'ResourceUnavailable.CmkNotFound',
    'ResourceUnavailable.CmkStateNotSupport',
    'UnauthorizedOperation',
    'UnsupportedOperation.NotRoleOperation',
    'UnsupportedOperation.RotateNotSupported',
  ],
  example: { input: { KeyId: exampleKeyId }, output: { TaskId: exampleVersionId } },
  async handle({ KeyId }, { kms, caller, settings }) {
    if (settings.edition === 'intl') throw refuse('InvalidAction', 'actionUnknown', { action: 'RotateKey' })
    const { primaryVersionId } = await kms.rotateKey(caller, {
      key: { keyId: KeyId },
      rules: rotationRules(settings),
    })
    // The rotation is done when the reply leaves; its id is that of what it made.
    return { TaskId: primaryVersionId }
  },
})
