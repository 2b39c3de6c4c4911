// The one error type of the domain: a code from a closed set and the facts a dialect needs to word it.
import type { DataKeyEvent, DataKeyState } from './data-key-state.ts'
import type { KeyEvent, KeyState } from './key-state.ts'

/** Facts that go with each code. A dialect's table turns code and facts into its own words. */
export interface KmsErrorFacts {
  /** No key with this id (or in this account, or already deleted). */
  'key-not-found': { readonly keyId: string }
  'alias-not-found': { readonly alias: string }
  'alias-exists': { readonly alias: string }
  'key-version-not-found': { readonly keyVersionId: string }
  /** The key exists, but its state does not allow this use (a cryptographic operation). */
  'key-state-refuses-use': { readonly keyId: string; readonly state: KeyState }
  /** The key exists, but its state does not allow this change (a management operation). */
  'key-state-refuses-change': { readonly keyId: string; readonly state: KeyState; readonly event: KeyEvent }
  /** The cluster named does not exist, or is not the cluster of the key. */
  'cluster-invalid': { readonly clusterId: string }
  /** The blob is not ours, was altered, or was sealed under another context. Never says which. */
  'ciphertext-invalid': Record<never, never>
  'tag-keys-duplicated': { readonly key: string }
  'tag-not-existed': { readonly key: string }
  /** The account holds as many CMKs as its quota allows. */
  'cmk-quota-exceeded': { readonly quota: number }
  /** The account hosts as many data keys as its quota allows. */
  'data-key-quota-exceeded': { readonly quota: number }
  /** No hosted data key with this id (or in this account, or already deleted). */
  'data-key-not-found': { readonly dataKeyId: string }
  'data-key-name-exists': { readonly name: string }
  'data-key-state-refuses-use': { readonly dataKeyId: string; readonly state: DataKeyState }
  'data-key-state-refuses-change': {
    readonly dataKeyId: string
    readonly state: DataKeyState
    readonly event: DataKeyEvent
  }
  /** The key cannot be rotated now. */
  'rotation-refused': {
    readonly keyId: string
    readonly reason: 'off' | 'running' | 'too-early' | 'too-many-versions'
  }
  /** The key is made for another use than the one asked for. */
  'key-usage-invalid': { readonly keyId: string }
  /** Keys have policies of their own only where whoever made them named the cluster. */
  'key-policy-unsupported': { readonly keyId: string }
  /** Tags could not be written. `detail` is for the log only. */
  'tagging-failed': { readonly detail: string }
  /** The caller's public key does not read, does not fit its algorithm, or is too small for the data. */
  'public-key-encryption-failed': Record<never, never>
  /** A dry run came to the point where something would have been made or changed. */
  'dry-run-passed': Record<never, never>
  /** The account asks for an action more often than `rate` times a second; `retryAfter` is in milliseconds. */
  'rate-exceeded': { readonly rate: number; readonly retryAfter: number }
  /** No policy allows the action, or one denies it; the resource by its names in every cloud's form. */
  'access-denied': {
    readonly action: string
    readonly resource: readonly string[]
    /** A statement denies it; otherwise none allows it. */
    readonly explicit: boolean
    readonly by: 'identity-policy' | 'key-policy'
    /** Who asked. */
    readonly accountId: string
    readonly userId?: string
  }
  /** More work waits than may; `retryAfter` in milliseconds where it is known. */
  throttled: { readonly retryAfter?: number }
  /** No healthy token answered in time. `detail` is for the log only. */
  unavailable: { readonly detail: string }
  /** A defect or a damaged store. `detail` is for the log only. */
  internal: { readonly detail: string }
}

export type KmsErrorCode = keyof KmsErrorFacts

/** What core throws, and nothing else. The message is for logs; replies are worded by the dialect. */
export class KmsError<Code extends KmsErrorCode = KmsErrorCode> extends Error {
  override readonly name = 'KmsError'
  readonly code: Code
  readonly facts: KmsErrorFacts[Code]

  constructor(code: Code, facts: KmsErrorFacts[Code], options?: ErrorOptions) {
    super(`${code} ${JSON.stringify(facts)}`, options)
    this.code = code
    this.facts = facts
  }
}

/** True for a KmsError of this code. */
export function isKmsError(error: unknown, code: KmsErrorCode): boolean {
  return error instanceof KmsError && error.code === code
}

/** Makes a KmsError; shorter than `new` at the places that throw. */
export function kmsError<Code extends KmsErrorCode>(
  code: Code,
  facts: KmsErrorFacts[Code],
  options?: ErrorOptions,
): KmsError<Code> {
  return new KmsError(code, facts, options)
}
