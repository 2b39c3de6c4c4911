// DescribeKeyVersion: one version of a CMK.
import { Type } from 'typebox'
import { defineAction } from '../../dialect.ts'
import { exampleKeyId, exampleTime, exampleVersionId } from '../examples.ts'
import { keyId } from '../fields.ts'
import { keyReference } from '../key-reference.ts'
import { keyVersion, toKeyVersion } from '../key-version.ts'

export const describeKeyVersion = defineAction({
  name: 'DescribeKeyVersion',
  summary: 'One version of a CMK.',
  input: Type.Object({
    KeyId: keyId,
    KeyVersionId: Type.String({ minLength: 1, description: 'Id of the version.' }),
  }),
  output: Type.Object({ KeyVersion: keyVersion }),
  errors: ['Forbidden.KeyNotFound', 'Forbidden.AliasNotFound', 'Forbidden.KeyVersionNotFound'],
  example: {
    input: { KeyId: exampleKeyId, KeyVersionId: exampleVersionId },
    output: {
      KeyVersion: { KeyId: exampleKeyId, KeyVersionId: exampleVersionId, CreationDate: exampleTime },
    },
  },
  async handle({ KeyId, KeyVersionId }, context) {
    const key = keyReference(KeyId, context)
    const version = await context.kms.describeKeyVersion(context.caller, { key, keyVersionId: KeyVersionId })
    return { KeyVersion: toKeyVersion(version) }
  },
})
