// May this caller do this? Asked once per operation and key, before its effect.
import type { Caller } from './caller.ts'
import { kmsError } from './errors.ts'
import { decide, type Policy, parsePolicy } from './policy.ts'
import type { Store } from './ports.ts'

/**
 * What a permission is about: one key, one alias, or an account's keys or aliases as a whole. Hosted data keys are under
 * their CMK.
 */
export type Resource = { readonly accountId: string } & (
  | { readonly keyId: string }
  | { readonly alias: string }
  | { readonly all: 'keys' | 'aliases' }
)

/** Names of a resource in the form of each cloud that has one. */
export type ResourceNames = (resource: Resource) => readonly string[]

/** Throws `access-denied` unless the caller may do what it asks for on the resource. */
export type Authorizer = (caller: Caller, resource: Resource) => Promise<void>

/**
 * The account's own access keys may do everything; a user what its policy allows, and nothing without one. The check of
 * whose key it is comes before: nobody's policy opens another account's key.
 */
export function createAuthorizer(store: Pick<Store, 'user'>, resourceNames: ResourceNames): Authorizer {
  const parsed = new Map<string, { text: string; policy: Policy }>()
  return async ({ userId, action }, resource) => {
    if (userId === undefined) return
    const text = (await store.user(userId))?.policy ?? null
    let entry = parsed.get(userId)
    if (text !== null && entry?.text !== text) {
      entry = { text, policy: parsePolicy(text) }
      parsed.set(userId, entry)
    }
    const policies = text === null || entry === undefined ? [] : [entry.policy]
    const names = resourceNames(resource)
    if (decide(policies, action, names) !== 'allow')
      throw kmsError('access-denied', { action, resource: names })
  }
}
