// The text people keep with a key.
import { type Lifecycle, nextState } from '../key.ts'
import { type Caller, findKey, type KeyReference, requireOwned, type Services } from '../services.ts'

export interface UpdateKeyDescriptionInput {
  readonly key: KeyReference
  readonly description: string
  readonly lifecycle: Lifecycle
}

/** Throws `key-not-found`, `alias-not-found`, `key-state-refuses-change`. */
export async function updateKeyDescription(
  services: Services,
  caller: Caller,
  input: UpdateKeyDescriptionInput,
): Promise<void> {
  const { id } = await findKey(services, caller, input.key)
  await services.store.transact(async (writer) => {
    nextState(requireOwned(services, caller, await writer.key(id), id), 'update-description', input.lifecycle)
    await writer.setDescription(id, input.description)
  })
}
