// Another policy for one key.
import { type Caller, findKey, requireOwned, type Services } from '../services.ts'
import { requireDedicated } from './get-key-policy.ts'

/** `policy` is JSON that `parseKeyPolicy` takes. Throws `key-not-found`, `key-policy-unsupported`. */
export async function setKeyPolicy(
  services: Services,
  caller: Caller,
  { keyId, policy }: { keyId: string; policy: string },
): Promise<void> {
  requireDedicated(await findKey(services, caller, { keyId }))
  await services.store.transact(async (writer) => {
    requireOwned(services, caller, await writer.key(keyId), keyId)
    await writer.setKeyPolicy(keyId, policy)
  })
}
