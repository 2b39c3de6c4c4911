// The service keeps a data key: checks that come before any is made, and the row it becomes.
import { randomUUID } from 'node:crypto'
import type { DataKey } from './data-key.ts'
import { kmsError } from './errors.ts'
import type { StoreWriter, Tag } from './ports.ts'
import type { Caller, Services } from './services.ts'
import { writeTags } from './tags.ts'

/** What the caller says of a data key to be hosted. */
export interface Hosting {
  readonly name: string
  readonly description: string
  readonly tags: readonly Tag[]
}

/** What is known of the data key itself. */
export type HostedMaterial = Pick<DataKey, 'keyId' | 'length' | 'origin' | 'envelope' | 'context'>

/**
 * Keeps a data key; its id. Quota and name are checked in the write itself, so that of several at once only one gets
 * the last place or the name. An account over its quota of CMKs (it was lowered) may not host more.
 * Throws `cmk-quota-exceeded`, `data-key-quota-exceeded`, `data-key-name-exists`, `tagging-failed`.
 */
export function hostDataKey(
  services: Services,
  caller: Caller,
  { name, description, tags }: Hosting,
  material: HostedMaterial,
): Promise<string> {
  const { accountId } = caller
  const dataKey = {
    ...material,
    id: randomUUID(),
    accountId,
    name,
    description,
    state: 'Enabled',
    createdAt: services.clock(),
    deletionAt: null,
  } as const
  return services.store.transact(async (writer) => {
    const { cmk } = services.quotas
    if (cmk !== null && (await writer.countKeys(accountId)) > cmk) {
      throw kmsError('cmk-quota-exceeded', { quota: cmk })
    }
    // Those whose date has come must not hold a name or a place until the next clean-up.
    await writer.removeDueDataKeys(services.clock())
    await requireRoomForDataKey(services, caller, writer)
    await requireFreeName(caller, writer, name)
    await writer.insertDataKey(dataKey)
    await writeTags(() => writer.tagDataKey(dataKey.id, tags))
    return dataKey.id
  })
}

/** Throws `data-key-quota-exceeded`. */
export async function requireRoomForDataKey(
  services: Services,
  caller: Caller,
  writer: StoreWriter,
): Promise<void> {
  const quota = services.quotas.dataKey
  if (quota !== null && (await writer.countDataKeys(caller.accountId)) >= quota) {
    throw kmsError('data-key-quota-exceeded', { quota })
  }
}

/** Throws `data-key-name-exists` unless nobody, or the data key itself, has the name. */
export async function requireFreeName(
  caller: Caller,
  writer: StoreWriter,
  name: string,
  dataKeyId?: string,
): Promise<void> {
  const holder = await writer.dataKeyNamed(caller.accountId, name)
  if (holder !== undefined && holder !== dataKeyId) throw kmsError('data-key-name-exists', { name })
}
