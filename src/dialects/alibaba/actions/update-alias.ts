// UpdateAlias: points an alias at another CMK.
import { Type } from 'typebox'
import { defineAction } from '../../dialect.ts'
import { exampleKeyId } from '../examples.ts'
import { aliasName, globalKeyId } from '../fields.ts'
import { aliasNameOf, keyIdOnly } from '../key-reference.ts'
import { lifecycle } from '../lifecycle.ts'

export const updateAlias = defineAction({
  name: 'UpdateAlias',
  summary: 'Points an alias at another CMK.',
  input: Type.Object({ AliasName: aliasName, KeyId: globalKeyId }),
  output: Type.Object({}),
  errors: [
    'InvalidParameter',
    'Forbidden.AliasNotFound',
    'Forbidden.KeyNotFound',
    'Rejected.PendingDeletion',
    'Unsupported.Alias',
  ],
  example: { input: { AliasName: 'alias/orders', KeyId: exampleKeyId }, output: {} },
  async handle({ AliasName, KeyId }, context) {
    const alias = aliasNameOf(AliasName)
    await context.kms.updateAlias(context.caller, { alias, keyId: keyIdOnly(KeyId, context), lifecycle })
    return {}
  },
})
