// A CMK's states, and what each state allows, as tables.
import { kmsError } from './errors.ts'
import type { KeyEvent, KeyState } from './key-state.ts'

/** What a cryptographic operation asks of a key. */
export type KeyUse = 'encrypt' | 'decrypt'

/**
 * Which events a state allows and the state they lead to. The clouds differ (a cancelled deletion leaves a
 * key Disabled at Tencent, Enabled at Alibaba), so each dialect brings its own table as a value.
 */
export type Lifecycle = Readonly<Record<KeyEvent, Readonly<Partial<Record<KeyState, KeyState>>>>>

const uses: Readonly<Record<KeyUse, readonly KeyState[]>> = {
  encrypt: ['Enabled'],
  decrypt: ['Enabled', 'Archived'],
}

/** What a CMK is for, in the clouds' words. Only the first can be made here: no token process makes key pairs yet. */
export type KeyUsage = 'ENCRYPT_DECRYPT' | 'ASYMMETRIC_DECRYPT_RSA_2048'

/** A CMK as the service knows it; never key material. Times are milliseconds since the epoch. */
export interface Key {
  readonly id: string
  readonly accountId: string
  readonly clusterId: string
  /** The cluster was named by whoever created the key (an exclusive-edition key). */
  readonly dedicated: boolean
  readonly spec: 'AES_256'
  readonly usage: KeyUsage
  readonly protectionLevel: 'SOFTWARE' | 'HSM'
  readonly state: KeyState
  readonly description: string
  /** The first alias, which Tencent shows as the key's name; empty when there is none. */
  readonly alias: string
  readonly createdAt: number
  readonly deletionAt: number | null
  /** The version that seals; older ones still open. */
  readonly primaryVersionId: string
  /** Milliseconds between automatic rotations; null while they are off. */
  readonly rotationInterval: number | null
  /** When the next one is due; they wait while the key is not enabled. */
  readonly rotationAt: number | null
  /** When the primary version was made by a rotation; null when the first is still the primary. */
  readonly rotatedAt: number | null
  /** Key policy, JSON; null for the default one, which leaves it to users' policies. */
  readonly policy: string | null
}

/** One version of a CMK: one object in the token, whose CKA_ID is the 16 bytes of `id`. */
export interface KeyVersion {
  readonly id: string
  readonly keyId: string
  readonly number: number
  readonly createdAt: number
}

/** Throws `key-usage-invalid`, `key-state-refuses-use` unless what the key is for and its state allow the use. */
export function requireUse(key: Key, use: KeyUse): void {
  if (key.usage !== 'ENCRYPT_DECRYPT') throw kmsError('key-usage-invalid', { keyId: key.id })
  if (!uses[use].includes(key.state)) {
    throw kmsError('key-state-refuses-use', { keyId: key.id, state: key.state })
  }
}

/** The state an event leads to; throws `key-state-refuses-change` when the state does not allow it. */
export function nextState(key: Key, event: KeyEvent, lifecycle: Lifecycle): KeyState {
  const next = lifecycle[event][key.state]
  if (next === undefined) {
    throw kmsError('key-state-refuses-change', { keyId: key.id, state: key.state, event })
  }
  return next
}
