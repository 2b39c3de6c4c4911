// A token's capability card: what it was seen to do, by trying. Probed by every token process before it serves.
import type { Template } from 'pkcs11js'
import type { Strategy } from '../core/sealed.ts'
import { unwrapTemplates } from './templates.ts'

/** How a token takes the description of an unwrapped secret. */
export type UnwrapTemplate = keyof typeof unwrapTemplates

/** What a token can do, plain data: stored, compared at each start, printed by `doctor` and `qualify`. */
export interface Card {
  readonly strategy: Strategy
  /** It takes CKA_COPYABLE in templates, and so can refuse copies. */
  readonly copyable: boolean
  /** Its own keys say CKA_LOCAL. */
  readonly local: boolean
  readonly unwrapTemplate: UnwrapTemplate
  /** Largest payload, in bytes, that it unwraps again; longer secrets are sealed in two layers. */
  readonly maxPayload: number
  /** A handle of a destroyed object may come to name another one: handles are looked at before use. */
  readonly reusesHandles: boolean
}

/** Things no probe can see in time, by what a token says of itself. Data, one row per device. */
export const quirks: readonly { readonly manufacturer: RegExp; readonly reusesHandles: boolean }[] = [
  // openCryptoki 3.8.1: a handle cached in one process named another key after two other processes' changes.
  { manufacturer: /^IBM/, reusesHandles: true },
]

/** The template for unwrapping on this token. */
export function unwrapTemplateOf({ unwrapTemplate }: Pick<Card, 'unwrapTemplate'>): Template {
  return unwrapTemplates[unwrapTemplate]
}

/** Bytes around a secret in its payload: its length (2) and the binding digest (32). */
const overhead = 34

/** Longest secret, in bytes, that goes under a CMK of this token directly. */
export function secretLimit({ maxPayload }: Pick<Card, 'maxPayload'>): number {
  return maxPayload - overhead
}
