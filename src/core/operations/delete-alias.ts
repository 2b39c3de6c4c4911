// A name is taken away; its key stays.
import { requireAlias } from '../alias.ts'
import { type Caller, findKey, type Services } from '../services.ts'

/** Throws `alias-not-found`. */
export async function deleteAlias(
  services: Services,
  caller: Caller,
  input: { alias: string },
): Promise<void> {
  await findKey(services, caller, { alias: input.alias })
  await services.store.transact(async (writer) => {
    await requireAlias(caller, writer, input.alias)
    await writer.deleteAlias(caller.accountId, input.alias)
  })
}
