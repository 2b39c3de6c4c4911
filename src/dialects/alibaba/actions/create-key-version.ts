// CreateKeyVersion: gives a CMK a new primary version; older ones still decrypt.
import { Type } from 'typebox'
import { defineAction } from '../../dialect.ts'
import { exampleKeyId, exampleTime, exampleVersionId } from '../examples.ts'
import { keyId } from '../fields.ts'
import { timestamp } from '../key-metadata.ts'
import { keyReference } from '../key-reference.ts'
import { keyVersion } from '../key-version.ts'
import { rotationRules } from '../rotation.ts'

export const createKeyVersion = defineAction({
  name: 'CreateKeyVersion',
  summary: 'Gives a CMK a new primary version; older ones still decrypt.',
  input: Type.Object({ KeyId: keyId }),
  output: Type.Object({ KeyVersion: keyVersion }),
  errors: [
    'Rejected.UnsupportedOperation',
    'Forbidden.KeyNotFound',
    'Forbidden.AliasNotFound',
    'Rejected.Disabled',
    'Rejected.PendingDeletion',
    'Rejected.Unavailable',
  ],
  example: {
    input: { KeyId: exampleKeyId },
    output: {
      KeyVersion: { KeyId: exampleKeyId, KeyVersionId: exampleVersionId, CreationDate: exampleTime },
    },
  },
  async handle({ KeyId }, context) {
    const { id, primaryVersionId, rotatedAt } = await context.kms.rotateKey(context.caller, {
      key: keyReference(KeyId, context),
      rules: rotationRules(context.settings),
    })
    return {
      KeyVersion: { KeyId: id, KeyVersionId: primaryVersionId, CreationDate: timestamp(rotatedAt) },
    }
  },
})
