// Rows of keys for tests of the store.
import { randomUUID } from 'node:crypto'
import type { CreateKeyInput } from '../../src/core/operations/create-key.ts'
import type { KeyIntent } from '../../src/core/ports.ts'
import type { OpenStore } from '../../src/store/store.ts'

export const accountId = '100000000001'

/** What a key is made with when nothing about it matters. */
export const plainKey: CreateKeyInput = {
  spec: 'AES_256',
  usage: 'ENCRYPT_DECRYPT',
  protectionLevel: 'HSM',
  description: '',
  tags: [],
}

/** A key whose creation is about to begin. */
export function intendedKey(changes: Partial<KeyIntent['key']> = {}): KeyIntent['key'] {
  return {
    id: randomUUID(),
    accountId,
    clusterId: 'a',
    dedicated: false,
    spec: plainKey.spec,
    usage: plainKey.usage,
    protectionLevel: plainKey.protectionLevel,
    description: plainKey.description,
    createdAt: 1,
    deletionAt: null,
    primaryVersionId: randomUUID(),
    rotationInterval: null,
    rotationAt: null,
    rotatedAt: null,
    policy: null,
    ...changes,
  }
}

/** Makes the account that the keys are of. */
export async function addAccount(store: OpenStore): Promise<void> {
  await store.transact((writer) =>
    writer.insertAccount({ id: accountId, name: 'test', status: 'Active', createdAt: 1 }),
  )
}

/** An enabled key, without an object anywhere; its id. */
export async function addKey(
  store: OpenStore,
  alias?: string,
  changes: Partial<KeyIntent['key']> = {},
): Promise<string> {
  const key = intendedKey(changes)
  await store.transact(async (writer) => {
    await writer.insertIntent({ key, ...(alias === undefined ? {} : { alias }) })
    await writer.activateKey(key.id, key.primaryVersionId, 'abcd')
  })
  return key.id
}

/** True when a second read of the key costs no query. */
export async function isKept(store: OpenStore, keyId: string): Promise<boolean> {
  const first = await store.key(keyId)
  return first === (await store.key(keyId))
}
