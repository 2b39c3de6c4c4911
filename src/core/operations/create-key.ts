// A CMK: intent in the store, object in the token, attributes read back, row made usable.
import { randomUUID } from 'node:crypto'
import { note } from '../audit.ts'
import { kmsError } from '../errors.ts'
import type { Key } from '../key.ts'
import type { StoreWriter, Tag } from '../ports.ts'
import { keyLabel } from '../rotation.ts'
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

/**
 * Throws `cluster-invalid`, `alias-exists`, `tag-keys-duplicated`, `tag-not-existed`, `tagging-failed`,
 * `cmk-quota-exceeded`, `key-policy-unsupported`.
 * Until it returns the key is unusable; a crash in between is settled at the next start.
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
  try {
    const made = await services.hsm.createKey(key.clusterId, key.primaryVersionId, keyLabel(key.id, 1))
    await services.store.transact((writer) => writer.activateKey(key.id, made.checkValue))
  } catch (error) {
    await withdraw(services, key)
    throw error
  }
  return { ...key, state: 'Enabled', alias: alias ?? '' }
}

async function requireRoom(services: Services, writer: StoreWriter, caller: Caller): Promise<void> {
  const quota = services.quotas.cmk
  if (quota !== null && (await writer.countKeys(caller.accountId)) >= quota) {
    throw kmsError('cmk-quota-exceeded', { quota })
  }
}

// What cannot be undone now (the token is away) stays an unusable row, which the next start settles.
async function withdraw(
  services: Services,
  key: Pick<Key, 'id' | 'clusterId' | 'primaryVersionId'>,
): Promise<void> {
  try {
    await services.hsm.destroyKey(key.clusterId, key.primaryVersionId)
    await services.store.transact((writer) => writer.removeKey(key.id))
  } catch {
    // The error that brought us here is the one to report.
  }
}
