// ListDataKeys: ids of the hosted data keys, newest first.
import { Type } from 'typebox'
import { defineAction } from '../../dialect.ts'
import { exampleDataKeyId } from '../examples.ts'
import { given, hsmClusterId, limit, offset, page, role, strict } from '../fields.ts'

export const listDataKeys = defineAction({
  name: 'ListDataKeys',
  summary: 'Ids of the hosted data keys that are enabled or disabled, newest first.',
  input: Type.Object({ Offset: offset, Limit: limit, Role: role, HsmClusterId: hsmClusterId }, strict),
  output: Type.Object({
    DataKeys: Type.Array(Type.Object({ DataKeyId: Type.String() })),
    TotalCount: Type.Integer(),
  }),
  errors: ['InvalidParameterValue', 'InvalidParameterValue.InvalidHsmClusterId', 'UnauthorizedOperation'],
  example: {
    input: { Offset: 0, Limit: 10 },
    output: { DataKeys: [{ DataKeyId: exampleDataKeyId }], TotalCount: 1 },
  },
  async handle(input, { kms, caller }) {
    const clusterId = given(input.HsmClusterId)
    const { total, rows } = await kms.listDataKeys(caller, {
      ...page(input),
      // No data key here is made for a cloud product.
      ...(input.Role === 1 ? { dataKeyIds: [] } : {}),
      ...(clusterId === undefined ? {} : { clusterId }),
      states: ['Enabled', 'Disabled'],
    })
    return { DataKeys: rows.map(({ id }) => ({ DataKeyId: id })), TotalCount: total }
  },
})
