// ListAliases: a page of the aliases of the account.
import { Type } from 'typebox'
import { defineAction } from '../../dialect.ts'
import { aliasList, toAliasList } from '../alias-list.ts'
import { exampleAliasArn, exampleKeyId } from '../examples.ts'
import { aliasPageSize, listed, page, pageNumber } from '../fields.ts'

export const listAliases = defineAction({
  name: 'ListAliases',
  summary: 'A page of the aliases of the account.',
  input: Type.Object({ PageNumber: pageNumber, PageSize: aliasPageSize }),
  output: aliasList,
  errors: ['InvalidParameter'],
  example: {
    input: { PageNumber: 1 },
    output: {
      Aliases: { Alias: [{ AliasName: 'alias/orders', AliasArn: exampleAliasArn, KeyId: exampleKeyId }] },
      PageNumber: 1,
      PageSize: 10,
      TotalCount: 1,
    },
  },
  async handle(input, context) {
    const { total, rows } = await context.kms.listAliases(context.caller, page(input))
    return { ...toAliasList(rows, context.settings.region), ...listed(input, total) }
  },
})
