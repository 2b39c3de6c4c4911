// DeleteAlias: takes a name away; its CMK stays.
import { Type } from 'typebox'
import { defineAction } from '../../dialect.ts'
import { aliasName } from '../fields.ts'
import { aliasNameOf } from '../key-reference.ts'

export const deleteAlias = defineAction({
  name: 'DeleteAlias',
  summary: 'Takes a name away; its CMK stays.',
  input: Type.Object({ AliasName: aliasName }),
  output: Type.Object({}),
  errors: ['InvalidParameter', 'Forbidden.AliasNotFound'],
  example: { input: { AliasName: 'alias/orders' }, output: {} },
  async handle({ AliasName }, { kms, caller }) {
    await kms.deleteAlias(caller, { alias: aliasNameOf(AliasName) })
    return {}
  },
})
