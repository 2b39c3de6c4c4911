// What an operation works with, and the look-ups that several operations share.
import { note } from './audit.ts'
import type { Authorizer } from './authorize.ts'
import type { Caller } from './caller.ts'
import type { DataKey } from './data-key.ts'
import { type KmsError, kmsError } from './errors.ts'
import type { Key } from './key.ts'
import type { Clock, Hsm, PublicKeyCipher, Store } from './ports.ts'

export type { Caller } from './caller.ts'

/** Tags that may be used: any, or a closed list of keys with their values. */
export type TagRegistry = 'open' | readonly { readonly key: string; readonly values: readonly string[] }[]

/** The parts handed to every operation. */
export interface Services {
  readonly store: Store
  readonly hsm: Hsm
  readonly publicKeys: PublicKeyCipher
  readonly clock: Clock
  readonly authorize: Authorizer
  /** CMKs an account may hold, and data keys it may have hosted; null for no limit. */
  readonly quotas: { readonly cmk: number | null; readonly dataKey: number | null }
  readonly tagRegistry: TagRegistry
}

/**
 * How a caller names a key: by its id, with the account it is of where that is said, or by an alias of the caller's own
 * account (without the dialect's prefix).
 */
export type KeyReference =
  | { readonly keyId: string; readonly accountId?: string }
  | { readonly alias: string }

/**
 * The caller's key, which it may do its action on; throws `key-not-found` or `alias-not-found`, also for another
 * account's key, and `access-denied`. Not inside a transaction: it reads the store by itself.
 */
export async function findKey(services: Services, caller: Caller, reference: KeyReference): Promise<Key> {
  const key = await lookUp(services, caller, reference)
  await authorizeKey(services, caller, key)
  return key
}

/**
 * The same for what other accounts may be let do with a key: one that is named with its account, whose key policy lets the
 * caller's account at it. Throws `key-not-found` for any other key that is not the caller's.
 */
export async function findSharedKey(
  services: Services,
  caller: Caller,
  reference: KeyReference,
): Promise<Key> {
  if ('alias' in reference || !isForeign(caller, reference)) return findKey(services, caller, reference)
  const { keyId, accountId } = reference
  const key = await services.store.key(keyId)
  if (key === undefined || key.accountId !== accountId || isGone(services, key)) throw notFound(keyId)
  await authorizeKey(services, caller, key)
  return key
}

/** Throws `key-not-found` or `access-denied` unless the caller may do its action on the key, whosever it is. */
export async function authorizeKey(services: Services, caller: Caller, key: Key): Promise<void> {
  const { accountId, id: keyId, policy: keyPolicy, clusterId } = key
  note(caller, { keyId, clusterId })
  await services.authorize(caller, { accountId, keyId, keyPolicy })
}

/** Throws `access-denied` unless the caller may do its action on its account's keys as a whole. */
export function authorizeAccount(services: Services, caller: Caller): Promise<void> {
  return services.authorize(caller, { accountId: caller.accountId, all: 'keys' })
}

async function lookUp(services: Services, caller: Caller, reference: KeyReference): Promise<Key> {
  if ('alias' in reference) {
    const key = await services.store.keyByAlias(caller.accountId, reference.alias)
    if (key === undefined || isGone(services, key))
      throw kmsError('alias-not-found', { alias: reference.alias })
    return key
  }
  if (isForeign(caller, reference)) throw notFound(reference.keyId)
  return requireOwned(services, caller, await services.store.key(reference.keyId), reference.keyId)
}

/** The key itself when it is the caller's and still there; throws `key-not-found` otherwise. */
export function requireOwned(services: Services, caller: Caller, key: Key | undefined, keyId: string): Key {
  if (key === undefined || key.accountId !== caller.accountId || isGone(services, key)) throw notFound(keyId)
  return key
}

/**
 * The caller's data key, which it may do its action on; throws `data-key-not-found`, also for another account's and
 * past its deletion date, and `access-denied`. Not inside a transaction.
 */
export async function findDataKey(services: Services, caller: Caller, dataKeyId: string): Promise<DataKey> {
  const dataKey = requireDataKey(services, caller, await services.store.dataKey(dataKeyId), dataKeyId)
  note(caller, { dataKeyId, keyId: dataKey.keyId, clusterId: dataKey.clusterId })
  const { accountId, keyId, keyPolicy } = dataKey
  await services.authorize(caller, { accountId, keyId, keyPolicy })
  return dataKey
}

/** The same of a row that was read already. */
export function requireDataKey(
  services: Services,
  caller: Caller,
  dataKey: DataKey | undefined,
  dataKeyId: string,
): DataKey {
  const gone = dataKey === undefined || isGone(services, dataKey) || isPast(services, dataKey.keyDeletionAt)
  if (gone || dataKey.accountId !== caller.accountId) {
    throw kmsError('data-key-not-found', { dataKeyId })
  }
  return dataKey
}

/** Throws `cluster-invalid` unless the cluster is the key's, or none was named. */
export function requireCluster(key: Key, clusterId: string | undefined): void {
  if (clusterId !== undefined && clusterId !== key.clusterId) throw kmsError('cluster-invalid', { clusterId })
}

/** Throws `cluster-invalid` when no such cluster is configured. */
export function requireKnownCluster(services: Services, clusterId: string): void {
  if (!services.hsm.clusters.some((cluster) => cluster.id === clusterId)) {
    throw kmsError('cluster-invalid', { clusterId })
  }
}

/** The id of the cluster that answers when none is named. */
export function defaultCluster({ hsm }: { readonly hsm: Pick<Hsm, 'clusters'> }): string {
  const cluster = hsm.clusters.find((candidate) => candidate.default)
  if (cluster === undefined) throw kmsError('internal', { detail: 'no default cluster' })
  return cluster.id
}

function isForeign(caller: Caller, { accountId }: { readonly accountId?: string }): boolean {
  return accountId !== undefined && accountId !== caller.accountId
}

function notFound(keyId: string): KmsError {
  return kmsError('key-not-found', { keyId })
}

// A key, hosted data keys too, is gone at its deletion date, not when the clean-up that follows gets to it.
function isGone(services: Services, key: Pick<Key, 'deletionAt'>): boolean {
  return isPast(services, key.deletionAt)
}

function isPast(services: Services, time: number | null): boolean {
  return time !== null && time <= services.clock()
}
