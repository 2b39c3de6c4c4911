// A data key that the service keeps for its account: its states, and what each allows.
import type { DataKeyEvent, DataKeyState } from './data-key-state.ts'
import { kmsError } from './errors.ts'
import type { EncryptionContext, Envelope } from './sealed.ts'

/** A hosted data key: its blob, never its bytes. Times are milliseconds since the epoch. */
export interface DataKey {
  readonly id: string
  readonly accountId: string
  /** Unique in the account, for as long as the data key exists. */
  readonly name: string
  readonly description: string
  readonly state: DataKeyState
  /** Bytes of the key. */
  readonly length: number
  readonly origin: 'generated' | 'imported'
  /** The blob that opens to the key, and the context it is bound to. */
  readonly envelope: Envelope
  readonly context: EncryptionContext
  readonly createdAt: number
  readonly deletionAt: number | null
  /** The CMK that wraps it, with that CMK's first alias and cluster. */
  readonly keyId: string
  readonly keyAlias: string
  readonly clusterId: string
  /** When the CMK is gone, and the data key with it. */
  readonly keyDeletionAt: number | null
  /** The CMK's own policy; null for the default one. */
  readonly keyPolicy: string | null
}

/** Undocumented, so as with CMKs: a deletion that is cancelled leaves the data key disabled. */
const transitions: Readonly<Record<DataKeyEvent, Readonly<Partial<Record<DataKeyState, DataKeyState>>>>> = {
  enable: { Enabled: 'Enabled', Disabled: 'Enabled' },
  disable: { Enabled: 'Disabled', Disabled: 'Disabled' },
  'schedule-deletion': { Enabled: 'PendingDeletion', Disabled: 'PendingDeletion' },
  'cancel-deletion': { PendingDeletion: 'Disabled' },
}

/** The state an event leads to; throws `data-key-state-refuses-change`. */
export function nextDataKeyState(dataKey: DataKey, event: DataKeyEvent): DataKeyState {
  const next = transitions[event][dataKey.state]
  if (next === undefined) {
    const { id: dataKeyId, state } = dataKey
    throw kmsError('data-key-state-refuses-change', { dataKeyId, state, event })
  }
  return next
}

/** Throws `data-key-state-refuses-use` unless the data key is enabled. */
export function requireDataKeyUse({ id: dataKeyId, state }: DataKey): void {
  if (state !== 'Enabled') throw kmsError('data-key-state-refuses-use', { dataKeyId, state })
}
