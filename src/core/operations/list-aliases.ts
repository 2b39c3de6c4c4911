// A page of aliases, of the account or of one key.
import type { Alias, Listed, Page } from '../ports.ts'
import { type Caller, findKey, type Services } from '../services.ts'

/** Aliases of the account, or of one key; throws `key-not-found`. */
export async function listAliases(
  services: Services,
  caller: Caller,
  input: { keyId?: string } & Page,
): Promise<Listed<Alias>> {
  const { accountId } = caller
  if (input.keyId === undefined) await services.authorize(caller, { accountId, all: 'aliases' })
  else await findKey(services, caller, { keyId: input.keyId })
  const page = { offset: input.offset, limit: input.limit }
  return services.store.listAliases(caller.accountId, input.keyId, page)
}
