// A data key that the service keeps for its account: states, what each allows, and the look-up that operations share.
import { kmsError } from './errors.ts'
import type { EncryptionContext, Envelope } from './sealed.ts'
import type { Caller, Services } from './services.ts'

/** States of a hosted data key. */
export type DataKeyState = 'Enabled' | 'Disabled' | 'PendingDeletion'

/** Management operations that depend on the state. */
export type DataKeyEvent = 'enable' | 'disable' | 'schedule-deletion' | 'cancel-deletion'

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

/** The caller's data key; throws `data-key-not-found`, also for another account's and past its deletion date. */
export async function findDataKey(services: Services, caller: Caller, dataKeyId: string): Promise<DataKey> {
  return requireDataKey(services, caller, await services.store.dataKey(dataKeyId), dataKeyId)
}

/** The same of a row that was read already. */
export function requireDataKey(
  services: Services,
  caller: Caller,
  dataKey: DataKey | undefined,
  dataKeyId: string,
): DataKey {
  const gone = dataKey?.deletionAt != null && dataKey.deletionAt <= services.clock()
  if (dataKey === undefined || dataKey.accountId !== caller.accountId || gone) {
    throw kmsError('data-key-not-found', { dataKeyId })
  }
  return dataKey
}
