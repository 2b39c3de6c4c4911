// DescribeKey: what is known about one CMK, in whatever state it is.
import { Type } from 'typebox'
import { defineAction } from '../../dialect.ts'
import { exampleKeyId, exampleMetadata } from '../examples.ts'
import { keyId } from '../fields.ts'
import { keyMetadata, toKeyMetadata } from '../key-metadata.ts'
import { keyReference } from '../key-reference.ts'

export const describeKey = defineAction({
  name: 'DescribeKey',
  summary: 'What is known about one CMK, in whatever state it is.',
  input: Type.Object({ KeyId: keyId }),
  output: Type.Object({ KeyMetadata: keyMetadata }),
  errors: ['Forbidden.KeyNotFound', 'Forbidden.AliasNotFound'],
  example: { input: { KeyId: exampleKeyId }, output: { KeyMetadata: exampleMetadata } },
  async handle({ KeyId }, context) {
    const key = await context.kms.describeKey(context.caller, { key: keyReference(KeyId, context) })
    return { KeyMetadata: toKeyMetadata(key, context.settings.region) }
  },
})
