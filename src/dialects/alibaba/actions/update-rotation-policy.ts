// UpdateRotationPolicy: switches automatic rotation of a CMK on, off, or to another interval.
import { Type } from 'typebox'
import { defineAction } from '../../dialect.ts'
import { exampleKeyId } from '../examples.ts'
import { globalKeyId } from '../fields.ts'
import { keyIdOnly } from '../key-reference.ts'
import { lifecycle } from '../lifecycle.ts'
import { parseRotationInterval, rotationInterval } from '../rotation.ts'

export const updateRotationPolicy = defineAction({
  name: 'UpdateRotationPolicy',
  summary: 'Switches automatic rotation of a CMK on, off, or to another interval.',
  input: Type.Object({
    KeyId: globalKeyId,
    EnableAutomaticRotation: Type.Boolean({ description: 'true: on; false: off.' }),
    RotationInterval: rotationInterval,
  }),
  output: Type.Object({}),
  errors: [
    'InvalidParameter',
    'Unsupported.Alias',
    'Rejected.UnsupportedOperation',
    'Forbidden.KeyNotFound',
    'Rejected.Disabled',
    'Rejected.PendingDeletion',
    'Rejected.Unavailable',
  ],
  example: {
    input: { KeyId: exampleKeyId, EnableAutomaticRotation: true, RotationInterval: '365d' },
    output: {},
  },
  async handle({ KeyId, EnableAutomaticRotation, RotationInterval }, context) {
    await context.kms.setRotation(context.caller, {
      key: { keyId: keyIdOnly(KeyId, context) },
      interval: EnableAutomaticRotation ? parseRotationInterval(RotationInterval) : null,
      lifecycle,
    })
    return {}
  },
})
