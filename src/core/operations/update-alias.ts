// An alias points at another key.
import { type AliasInput, findAlias, requireAlias, requireChange } from '../alias.ts'
import { type Caller, findKey, type Services } from '../services.ts'

/**
 * Points an existing alias at another key; alias, old and new key must be the caller's to change. Throws
 * `access-denied`, `alias-not-found`, `key-not-found`, `key-state-refuses-change`.
 */
export async function updateAlias(services: Services, caller: Caller, input: AliasInput): Promise<void> {
  const current = await findAlias(services, caller, input.alias)
  await findKey(services, caller, { keyId: input.keyId })
  await services.store.transact(async (writer) => {
    await requireAlias(caller, writer, input.alias, current)
    await requireChange(services, caller, writer, input, 'update-alias')
    await writer.moveAlias(caller.accountId, input.alias, input.keyId)
  })
}
