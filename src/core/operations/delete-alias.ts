// A name is taken away; its key stays.
import { findAlias, requireAlias } from '../alias.ts'
import type { Caller, Services } from '../services.ts'

/** Throws `access-denied`, `alias-not-found`. */
export async function deleteAlias(
  services: Services,
  caller: Caller,
  input: { alias: string },
): Promise<void> {
  const current = await findAlias(services, caller, input.alias)
  await services.store.transact(async (writer) => {
    await requireAlias(caller, writer, input.alias, current)
    await writer.deleteAlias(caller.accountId, input.alias)
  })
}
