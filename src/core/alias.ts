// Names for keys: what the operations on aliases share. One name space per account; a key's first alias is what
// Tencent calls its name.
import { kmsError } from './errors.ts'
import { type Key, type Lifecycle, nextState } from './key.ts'
import type { KeyEvent } from './key-state.ts'
import type { StoreWriter } from './ports.ts'
import { type Caller, findKey, requireOwned, type Services } from './services.ts'

export interface AliasInput {
  readonly keyId: string
  /** Without the dialect's prefix. */
  readonly alias: string
  readonly lifecycle: Lifecycle
}

/**
 * The key an alias points at, when the caller may do its action on both; throws `alias-not-found`, `access-denied`. Not
 * inside a transaction.
 */
export async function findAlias(services: Services, caller: Caller, alias: string): Promise<Key> {
  await authorizeAlias(services, caller, alias)
  return findKey(services, caller, { alias })
}

/** Throws `access-denied` unless the caller may do its action on the alias, which need not be there. */
export function authorizeAlias(services: Services, caller: Caller, alias: string): Promise<void> {
  return services.authorize(caller, { accountId: caller.accountId, alias })
}

/** Throws `alias-not-found` unless the alias still points at the key the caller was let at. */
export async function requireAlias(
  caller: Caller,
  writer: StoreWriter,
  alias: string,
  { id }: Key,
): Promise<void> {
  if ((await writer.alias(caller.accountId, alias))?.keyId !== id)
    throw kmsError('alias-not-found', { alias })
}

/** The key an alias is to name; throws `key-not-found`, `key-state-refuses-change`. */
export async function requireChange(
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
