// An alias points at another key.
import { type AliasInput, requireAlias, requireChange } from '../alias.ts'
import { type Caller, findKey, type Services } from '../services.ts'

/** Points an existing alias at another key. Throws `alias-not-found`, `key-not-found`, `key-state-refuses-change`. */
export async function updateAlias(services: Services, caller: Caller, input: AliasInput): Promise<void> {
  await findKey(services, caller, { keyId: input.keyId })
  await services.store.transact(async (writer) => {
    await requireAlias(caller, writer, input.alias)
    await requireChange(services, caller, writer, input, 'update-alias')
    await writer.moveAlias(caller.accountId, input.alias, input.keyId)
  })
}
