// ListKeyDetail: what is known about the CMKs that pass the filters.
import { Type } from 'typebox'
import type { KeyState } from '../../../core/key-state.ts'
import { defineAction } from '../../dialect.ts'
import { exampleMetadata } from '../examples.ts'
import {
  given,
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
import { keyMetadata, toKeyMetadata } from '../key-metadata.ts'

/** KeyState codes; 0 is every state, 4 (PendingImport) is none of ours yet. */
const states: readonly (readonly KeyState[] | undefined)[] = [
  undefined,
  ['Enabled'],
  ['Disabled'],
  ['PendingDeletion'],
  [],
  ['Archived'],
]

export const listKeyDetail = defineAction({
  name: 'ListKeyDetail',
  summary: 'What is known about the CMKs that pass the filters.',
  input: Type.Object(
    {
      Offset: offset,
      Limit: limit,
      Role: role,
      OrderType: orderType,
      KeyState: Type.Optional(
        Type.Integer({
          minimum: 0,
          maximum: 5,
          description: '0 all, 1 Enabled, 2 Disabled, 3 PendingDelete, 4 PendingImport, 5 Archived.',
        }),
      ),
      SearchKeyAlias: Type.Optional(Type.String({ description: 'Part of a KeyId or an Alias.' })),
      Origin: Type.Optional(Type.String({ description: 'TENCENT_KMS, EXTERNAL or ALL (default).' })),
      KeyUsage: Type.Optional(Type.String({ description: 'ALL or a usage; ENCRYPT_DECRYPT when absent.' })),
      TagFilters: tagFilters,
      HsmClusterId: hsmClusterId,
      MemberAccounts: memberAccounts,
    },
    strict,
  ),
  output: Type.Object({ TotalCount: Type.Integer(), KeyMetadatas: Type.Array(keyMetadata) }),
  errors: [
    'InvalidParameter',
    'InvalidParameterValue.InvalidHsmClusterId',
    'UnauthorizedOperation',
    'UnsupportedOperation.NotRoleOperation',
  ],
  example: { input: { KeyState: 1 }, output: { TotalCount: 1, KeyMetadatas: [exampleMetadata] } },
  async handle(input, { kms, caller }) {
    const clusterId = given(input.HsmClusterId)
    const search = given(input.SearchKeyAlias)
    const wanted = states[input.KeyState ?? 0]
    const { total, rows } = await kms.listKeys(caller, {
      ...page(input),
      ...(canMatch(input) ? {} : { keyIds: [] }),
      ...(clusterId === undefined ? {} : { clusterId }),
      ...(search === undefined ? {} : { search }),
      ...(wanted === undefined ? {} : { states: wanted }),
      tags: tagFiltersOf(input),
      order: input.OrderType === 1 ? 'oldest-first' : 'newest-first',
    })
    return { TotalCount: total, KeyMetadatas: rows.map(toKeyMetadata) }
  },
})

// Filters on what all our keys have in common: made by KMS, for users, to encrypt and decrypt.
function canMatch(input: { Role?: number; Origin?: string; KeyUsage?: string }): boolean {
  const origin = given(input.Origin) ?? 'ALL'
  const usage = given(input.KeyUsage) ?? 'ENCRYPT_DECRYPT'
  return (
    input.Role !== 1 && ['ALL', 'TENCENT_KMS'].includes(origin) && ['ALL', 'ENCRYPT_DECRYPT'].includes(usage)
  )
}
