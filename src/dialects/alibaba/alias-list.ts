// The reply of both alias listings.
import { Type } from 'typebox'
import type { Alias } from '../../core/ports.ts'
import { listing } from './fields.ts'
import { arn } from './key-metadata.ts'

export const aliasList = Type.Object({
  Aliases: Type.Object({
    Alias: Type.Array(
      Type.Object({ AliasName: Type.String(), AliasArn: Type.String(), KeyId: Type.String() }),
    ),
  }),
  ...listing,
})

/** Names with their prefix. */
export function toAliasList(aliases: readonly Alias[], region: string) {
  const list = aliases.map(({ name, accountId, keyId }) => ({
    AliasName: `alias/${name}`,
    AliasArn: arn(region, accountId, `alias/${name}`),
    KeyId: keyId,
  }))
  return { Aliases: { Alias: list } }
}
