// Another name for a key.
import { type AliasInput, authorizeAlias, requireChange } from '../alias.ts'
import { kmsError } from '../errors.ts'
import { type Caller, findKey, type Services } from '../services.ts'

/** Throws `access-denied`, `key-not-found`, `alias-exists`, `key-state-refuses-change`. */
export async function createAlias(services: Services, caller: Caller, input: AliasInput): Promise<void> {
  await authorizeAlias(services, caller, input.alias)
  await findKey(services, caller, { keyId: input.keyId })
  await services.store.transact(async (writer) => {
    await requireChange(services, caller, writer, input, 'create-alias')
    if ((await writer.alias(caller.accountId, input.alias)) !== undefined) {
      throw kmsError('alias-exists', { alias: input.alias })
    }
    const { accountId } = caller
    await writer.insertAlias({
      accountId,
      name: input.alias,
      keyId: input.keyId,
      createdAt: services.clock(),
    })
  })
}
