// ListKeys: a page of the CMKs that pass the filters.
import { Type } from 'typebox'
import { defineAction } from '../../dialect.ts'
import { exampleKeyId } from '../examples.ts'
import { listed, listing, page, pageNumber, pageSize } from '../fields.ts'
import { keyFilter } from '../key-filter.ts'
import { arn } from '../key-metadata.ts'

export const listKeys = defineAction({
  name: 'ListKeys',
  summary: 'A page of the CMKs that pass the filters.',
  input: Type.Object({
    PageNumber: pageNumber,
    PageSize: pageSize,
    Filters: Type.Optional(
      Type.String({ description: 'JSON list of { Key, Values }; keys AND, values of one key OR.' }),
    ),
  }),
  output: Type.Object({
    Keys: Type.Object({ Key: Type.Array(Type.Object({ KeyId: Type.String(), KeyArn: Type.String() })) }),
    ...listing,
  }),
  errors: ['InvalidParameter'],
  example: {
    input: { PageNumber: 1, PageSize: 10 },
    output: {
      Keys: {
        Key: [{ KeyId: exampleKeyId, KeyArn: `acs:kms:cn-hangzhou:100000000001:key/${exampleKeyId}` }],
      },
      PageNumber: 1,
      PageSize: 10,
      TotalCount: 1,
    },
  },
  async handle(input, { kms, caller, settings }) {
    const { total, rows } = await kms.listKeys(caller, {
      ...keyFilter(input.Filters, caller.accountId),
      ...page(input),
    })
    const keys = rows.map(({ id, accountId }) => ({
      KeyId: id,
      KeyArn: arn(settings.region, accountId, `key/${id}`),
    }))
    return { Keys: { Key: keys }, ...listed(input, total) }
  },
})
