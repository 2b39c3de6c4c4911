// CreateAlias: gives a CMK another name.
import { Type } from 'typebox'
import { defineAction } from '../../dialect.ts'
import { exampleKeyId } from '../examples.ts'
import { aliasName, globalKeyId } from '../fields.ts'
import { aliasNameOf, keyIdOnly } from '../key-reference.ts'
import { lifecycle } from '../lifecycle.ts'

export const createAlias = defineAction({
  name: 'CreateAlias',
  summary: 'Gives a CMK another name.',
  input: Type.Object({ AliasName: aliasName, KeyId: globalKeyId }),
  output: Type.Object({}),
  errors: [
    'InvalidParameter',
    'AliasAlreadyExists',
    'Forbidden.KeyNotFound',
    'Rejected.StateModifiedFailed',
    'Unsupported.Alias',
  ],
  example: { input: { AliasName: 'alias/orders', KeyId: exampleKeyId }, output: {} },
  async handle({ AliasName, KeyId }, context) {
    const alias = aliasNameOf(AliasName)
    await context.kms.createAlias(context.caller, { alias, keyId: keyIdOnly(KeyId, context), lifecycle })
    return {}
  },
})
