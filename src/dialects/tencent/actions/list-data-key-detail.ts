// ListDataKeyDetail: what is known about the hosted data keys that pass the filters.
import { Type } from 'typebox'
import type { DataKeyState } from '../../../core/data-key-state.ts'
import { defineAction } from '../../dialect.ts'
import { dataKeyMetadata, originOf, toDataKeyMetadata } from '../data-key-metadata.ts'
import { exampleDataKeyMetadata } from '../examples.ts'
import {
  given,
  givenKeyId,
  hsmClusterId,
  limit,
  memberAccounts,
  offset,
  orderType,
  page,
  role,
  strict,
  tagFilters,
  tagFiltersOf,
} from '../fields.ts'

/** KeyState codes; 0 is every state. */
const states: readonly (readonly DataKeyState[] | undefined)[] = [
  undefined,
  ['Enabled'],
  ['Disabled'],
  ['PendingDeletion'],
]

export const listDataKeyDetail = defineAction({
  name: 'ListDataKeyDetail',
  summary: 'What is known about the hosted data keys that pass the filters.',
  input: Type.Object(
    {
      Offset: offset,
      Limit: limit,
      Role: role,
      OrderType: orderType,
      KeyState: Type.Optional(
        Type.Integer({
          minimum: 0,
          maximum: 3,
          description: '0 all, 1 Enabled, 2 Disabled, 3 PendingDelete.',
        }),
      ),
      SearchKeyAlias: Type.Optional(Type.String({ description: 'Part of a DataKeyId or a DataKeyName.' })),
      Origin: Type.Optional(Type.String({ description: 'TENCENT_KMS, EXTERNAL or ALL (default).' })),
      HsmClusterId: hsmClusterId,
      KeyId: Type.Optional(Type.String({ description: 'CMK that wraps them.' })),
      DataKeyLen: Type.Optional(
        Type.Integer({ minimum: 0, maximum: 1024, description: 'Bytes; 0 is any length.' }),
      ),
      TagFilters: tagFilters,
      MemberAccounts: memberAccounts,
    },
    strict,
  ),
  output: Type.Object({ DataKeyMetadatas: Type.Array(dataKeyMetadata), TotalCount: Type.Integer() }),
  errors: [
    'InvalidParameter',
    'InvalidParameterValue.InvalidHsmClusterId',
    'InvalidParameterValue.InvalidKeyId',
    'ResourceUnavailable.CmkNotFound',
    'UnauthorizedOperation',
    'UnsupportedOperation.NotRoleOperation',
  ],
  example: {
    input: { SearchKeyAlias: 'orders' },
    output: { DataKeyMetadatas: [exampleDataKeyMetadata], TotalCount: 1 },
  },
  async handle(input, { kms, caller }) {
    const clusterId = given(input.HsmClusterId)
    const search = given(input.SearchKeyAlias)
    const origin = given(input.Origin) ?? 'ALL'
    const wanted = states[input.KeyState ?? 0]
    const known = originOf(origin)
    const keyId = givenKeyId(input.KeyId)
    const none = input.Role === 1 || (known === undefined && origin !== 'ALL')
    const { total, rows } = await kms.listDataKeys(caller, {
      ...page(input),
      ...(none ? { dataKeyIds: [] } : {}),
      ...(clusterId === undefined ? {} : { clusterId }),
      ...(search === undefined ? {} : { search }),
      ...(wanted === undefined ? {} : { states: wanted }),
      ...(known === undefined ? {} : { origin: known }),
      ...(keyId === undefined ? {} : { keyId }),
      ...((input.DataKeyLen ?? 0) === 0 ? {} : { length: input.DataKeyLen }),
      tags: tagFiltersOf(input),
      order: input.OrderType === 1 ? 'oldest-first' : 'newest-first',
    })
    return { DataKeyMetadatas: rows.map(toDataKeyMetadata), TotalCount: total }
  },
})
