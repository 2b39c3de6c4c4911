// ListAliasesByKeyId: a page of the aliases of one CMK.
import { Type } from 'typebox'
import { defineAction } from '../../dialect.ts'
import { aliasList, toAliasList } from '../alias-list.ts'
import { exampleAliasArn, exampleKeyId } from '../examples.ts'
import { globalKeyId, listed, page, pageNumber, pageSize } from '../fields.ts'
import { keyIdOnly } from '../key-reference.ts'

export const listAliasesByKeyId = defineAction({
  name: 'ListAliasesByKeyId',
  summary: 'A page of the aliases of one CMK.',
  input: Type.Object({ KeyId: globalKeyId, PageNumber: pageNumber, PageSize: pageSize }),
  output: aliasList,
  errors: ['InvalidParameter', 'Forbidden.KeyNotFound', 'Unsupported.Alias'],
  example: {
    input: { KeyId: exampleKeyId },
    output: {
      Aliases: { Alias: [{ AliasName: 'alias/orders', AliasArn: exampleAliasArn, KeyId: exampleKeyId }] },
      PageNumber: 1,
      PageSize: 10,
      TotalCount: 1,
    },
  },
  async handle(input, context) {
    const { total, rows } = await context.kms.listAliases(context.caller, {
      keyId: keyIdOnly(input.KeyId, context),
      ...page(input),
    })
    return { ...toAliasList(rows, context.settings.region), ...listed(input, total) }
  },
})
