// ListKeys: ids of the CMKs that are enabled or disabled, newest first.
import { Type } from 'typebox'
import { defineAction } from '../../dialect.ts'
import { exampleKeyId } from '../examples.ts'
import { given, hsmClusterId, limit, offset, page, role, strict } from '../fields.ts'

export const listKeys = defineAction({
  name: 'ListKeys',
  summary: 'Ids of the CMKs that are enabled or disabled, newest first.',
  input: Type.Object({ Offset: offset, Limit: limit, Role: role, HsmClusterId: hsmClusterId }, strict),
  output: Type.Object({
    Keys: Type.Array(Type.Object({ KeyId: Type.String() })),
    TotalCount: Type.Integer(),
  }),
  errors: ['InvalidParameter', 'InvalidParameterValue.InvalidHsmClusterId', 'UnauthorizedOperation'],
  example: {
    input: { Offset: 0, Limit: 10 },
    output: { Keys: [{ KeyId: exampleKeyId }], TotalCount: 1 },
  },
  async handle(input, { kms, caller }) {
    const clusterId = given(input.HsmClusterId)
    // No key here is made for a cloud product.
    const keyIds = input.Role === 1 ? { keyIds: [] } : {}
    const { total, rows } = await kms.listKeys(caller, {
      ...page(input),
      ...keyIds,
      ...(clusterId === undefined ? {} : { clusterId }),
      states: ['Enabled', 'Disabled'],
    })
    return { Keys: rows.map(({ id }) => ({ KeyId: id })), TotalCount: total }
  },
})
