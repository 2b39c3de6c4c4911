// A CMK: intent in the store, object in the token, attributes read back, row made usable.
import { randomUUID } from 'node:crypto'
import { note } from '../audit.ts'
import { kmsError } from '../errors.ts'
import type { Key } from '../key.ts'
import type { StoreWriter, Tag } from '../ports.ts'
import { keyLabel, renewVersion } from '../rotation.ts'
import {
  authorizeAccount,
  type Caller,
  defaultCluster,
  requireKnownCluster,
  type Services,
} from '../services.ts'
import { checkTags, writeTags } from '../tags.ts'
import { requireDedicated } from './get-key-policy.ts'

export interface CreateKeyInput {
  readonly spec: Key['spec']
  readonly usage: Key['usage']
  readonly protectionLevel: Key['protectionLevel']
  readonly description: string
  readonly alias?: string
  readonly clusterId?: string
  readonly tags: readonly Tag[]
  /** Key policy, JSON that `parseKeyPolicy` takes. */
  readonly policy?: string
  /** Milliseconds between automatic rotations; none when absent. */
  readonly rotationInterval?: number
}

type NewKey = Pick<Key, 'id' | 'clusterId' | 'primaryVersionId'>

/**
 * Throws `cluster-invalid`, `alias-exists`, `tag-keys-duplicated`, `tag-not-existed`, `tagging-failed`,
 * `cmk-quota-exceeded`, `key-policy-unsupported`, `unavailable`.
 * Until it returns the key is unusable; what a crash in between leaves is settled by maintenance.
 */
export async function createKey(services: Services, caller: Caller, input: CreateKeyInput): Promise<Key> {
  await authorizeAccount(services, caller)
  if (input.clusterId !== undefined) requireKnownCluster(services, input.clusterId)
  if (input.policy !== undefined) requireDedicated({ id: '', dedicated: input.clusterId !== undefined })
  checkTags(services, input.tags)
  const { alias, tags, rotationInterval = null } = input
  const createdAt = services.clock()
  const key = {
    id: randomUUID(),
    accountId: caller.accountId,
    clusterId: input.clusterId ?? defaultCluster(services),
    dedicated: input.clusterId !== undefined,
    spec: input.spec,
    usage: input.usage,
    protectionLevel: input.protectionLevel,
    description: input.description,
    createdAt,
    deletionAt: null,
    primaryVersionId: randomUUID(),
    rotationInterval,
    rotationAt: rotationInterval === null ? null : createdAt + rotationInterval,
    rotatedAt: null,
    policy: input.policy ?? null,
  }
  note(caller, { keyId: key.id, keyVersionId: key.primaryVersionId, clusterId: key.clusterId })
  await services.store.transact(async (writer) => {
    await requireRoom(services, writer, caller)
    if (alias !== undefined && (await writer.alias(caller.accountId, alias)) !== undefined) {
      throw kmsError('alias-exists', { alias })
    }
    await writer.insertIntent({ key, ...(alias === undefined ? {} : { alias }) })
    await writeTags(() => writer.tagKey(key.id, tags))
  })
  const begun = [key.primaryVersionId]
  try {
    const primaryVersionId = await makeObject(services, key, begun)
    note(caller, { keyVersionId: primaryVersionId })
    return { ...key, primaryVersionId, state: 'Enabled', alias: alias ?? '' }
  } catch (error) {
    await withdraw(services, key, begun)
    throw error
  }
}

// The version that was made; every one that was begun is added to `begun`, the last one last.
async function makeObject(
  services: Services,
  { id, clusterId, primaryVersionId }: NewKey,
  begun: string[],
): Promise<string> {
  const label = keyLabel(id, 1)
  const made = await services.hsm.createKey(clusterId, primaryVersionId, label, async () => {
    const renewed = await renewVersion(services, id, begun.at(-1) ?? primaryVersionId)
    begun.push(renewed.keyVersionId)
    return renewed
  })
  const usable = await services.store.transact((writer) =>
    writer.activateKey(id, made.keyVersionId, made.checkValue),
  )
  if (!usable) throw kmsError('unavailable', { detail: `the creation of ${id} was given up meanwhile` })
  return made.keyVersionId
}

async function requireRoom(services: Services, writer: StoreWriter, caller: Caller): Promise<void> {
  const quota = services.quotas.cmk
  if (quota !== null && (await writer.countKeys(caller.accountId)) >= quota) {
    throw kmsError('cmk-quota-exceeded', { quota })
  }
}

// What cannot be undone now (the token is away) stays an unusable row, which maintenance settles. Gone from the store
// first: a write whose acknowledgement was lost may have made the key usable, and it must not be so without its object.
async function withdraw(services: Services, key: NewKey, begun: readonly string[]): Promise<void> {
  try {
    await services.store.transact((writer) => writer.markDestroying(key.id))
    for (const versionId of begun) await services.hsm.destroyKey(key.clusterId, versionId)
    await services.store.transact((writer) => writer.removeKey(key.id))
  } catch {
    // The error that brought us here is the one to report.
  }
}
