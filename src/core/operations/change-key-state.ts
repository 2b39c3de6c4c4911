// Enable, disable, archive, and what takes an archive or a deletion back: one transition each.
import type { Key, Lifecycle } from '../key.ts'
import type { KeyEvent } from '../key-state.ts'
import type { Caller, KeyReference, Services } from '../services.ts'
import { transition } from '../transition.ts'

/** `lifecycle` is the dialect's table of what each state allows. */
export interface ChangeKeyStateInput {
  readonly key: KeyReference
  readonly event: Extract<KeyEvent, 'enable' | 'disable' | 'archive' | 'cancel-archive' | 'cancel-deletion'>
  readonly lifecycle: Lifecycle
}

/** Throws `key-not-found`, `alias-not-found`, `key-state-refuses-change`. */
export function changeKeyState(services: Services, caller: Caller, input: ChangeKeyStateInput): Promise<Key> {
  return transition(services, caller, input.key, input.event, input.lifecycle, () => null)
}
