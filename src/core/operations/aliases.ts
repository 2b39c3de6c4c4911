// Names for keys. One name space per account; a key's first alias is what Tencent calls its name.
import { kmsError } from '../errors.ts'
import { type Key, type Lifecycle, nextState } from '../key.ts'
import type { KeyEvent } from '../key-state.ts'
import type { Alias, Listed, Page, StoreWriter } from '../ports.ts'
import { type Caller, findKey, requireOwned, type Services } from '../services.ts'

export interface AliasInput {
  readonly keyId: string
  /** Without the dialect's prefix. */
  readonly alias: string
  readonly lifecycle: Lifecycle
}

/** Throws `key-not-found`, `alias-exists`, `key-state-refuses-change`. */
export async function createAlias(services: Services, caller: Caller, input: AliasInput): Promise<void> {
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

/** Points an existing alias at another key. Throws `alias-not-found`, `key-not-found`, `key-state-refuses-change`. */
export async function updateAlias(services: Services, caller: Caller, input: AliasInput): Promise<void> {
  await services.store.transact(async (writer) => {
    await requireAlias(caller, writer, input.alias)
    await requireChange(services, caller, writer, input, 'update-alias')
    await writer.moveAlias(caller.accountId, input.alias, input.keyId)
  })
}

/** Gives a key another first alias. Throws `key-not-found`, `alias-exists`, `key-state-refuses-change`. */
export async function renameKey(services: Services, caller: Caller, input: AliasInput): Promise<void> {
  await services.store.transact(async (writer) => {
    await requireChange(services, caller, writer, input, 'update-alias')
    const taken = await writer.alias(caller.accountId, input.alias)
    if (taken !== undefined && taken.keyId !== input.keyId)
      throw kmsError('alias-exists', { alias: input.alias })
    await writer.renameFirstAlias(caller.accountId, input.keyId, input.alias, services.clock())
  })
}

/** Throws `alias-not-found`. */
export async function deleteAlias(
  services: Services,
  caller: Caller,
  input: { alias: string },
): Promise<void> {
  await services.store.transact(async (writer) => {
    await requireAlias(caller, writer, input.alias)
    await writer.deleteAlias(caller.accountId, input.alias)
  })
}

/** Aliases of the account, or of one key; throws `key-not-found`. */
export async function listAliases(
  services: Services,
  caller: Caller,
  input: { keyId?: string } & Page,
): Promise<Listed<Alias>> {
  if (input.keyId !== undefined) await findKey(services, caller, { keyId: input.keyId })
  const page = { offset: input.offset, limit: input.limit }
  return services.store.listAliases(caller.accountId, input.keyId, page)
}

async function requireAlias(caller: Caller, writer: StoreWriter, alias: string): Promise<void> {
  if ((await writer.alias(caller.accountId, alias)) === undefined)
    throw kmsError('alias-not-found', { alias })
}

async function requireChange(
  services: Services,
  caller: Caller,
  writer: StoreWriter,
  input: AliasInput,
  event: KeyEvent,
): Promise<Key> {
  const key = requireOwned(services, caller, await writer.key(input.keyId), input.keyId)
  nextState(key, event, input.lifecycle)
  return key
}
