// A key gets another first alias.
import { type AliasInput, requireChange } from '../alias.ts'
import { kmsError } from '../errors.ts'
import { type Caller, findKey, type Services } from '../services.ts'

/** Gives a key another first alias. Throws `key-not-found`, `alias-exists`, `key-state-refuses-change`. */
export async function renameKey(services: Services, caller: Caller, input: AliasInput): Promise<void> {
  await findKey(services, caller, { keyId: input.keyId })
  await services.store.transact(async (writer) => {
    await requireChange(services, caller, writer, input, 'update-alias')
    const taken = await writer.alias(caller.accountId, input.alias)
    if (taken !== undefined && taken.keyId !== input.keyId)
      throw kmsError('alias-exists', { alias: input.alias })
    await writer.renameFirstAlias(caller.accountId, input.keyId, input.alias, services.clock())
  })
}
