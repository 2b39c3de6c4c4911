// Which keys can be made.
import { type KeySpec, keySpecs } from '../algorithms.ts'
import { authorizeAccount, type Caller, type Services } from '../services.ts'

/** Every spec that can be created. Throws `access-denied`. */
export async function listKeySpecs(services: Services, caller: Caller): Promise<readonly KeySpec[]> {
  await authorizeAccount(services, caller)
  return keySpecs
}
