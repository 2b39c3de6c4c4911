// Names for keys: what the operations on aliases share. One name space per account; a key's first alias is what
// Tencent calls its name.
import { kmsError } from './errors.ts'
import { type Key, type Lifecycle, nextState } from './key.ts'
import type { KeyEvent } from './key-state.ts'
import type { StoreWriter } from './ports.ts'
import { type Caller, requireOwned, type Services } from './services.ts'

export interface AliasInput {
  readonly keyId: string
  /** Without the dialect's prefix. */
  readonly alias: string
  readonly lifecycle: Lifecycle
}

/** Throws `alias-not-found` unless the caller has the alias. */
export async function requireAlias(caller: Caller, writer: StoreWriter, alias: string): Promise<void> {
  if ((await writer.alias(caller.accountId, alias)) === undefined)
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
