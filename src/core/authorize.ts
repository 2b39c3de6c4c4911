// May this caller do this? Asked once per operation and key, before its effect.
import type { Caller } from './caller.ts'
import type { RequestFacts } from './conditions.ts'
import { kmsError } from './errors.ts'
import { decide, needsTags, type Policy, parsePolicy, type Verdict } from './policy.ts'
import type { Clock, Store } from './ports.ts'

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

/** What decides: the store's policies and tags, the clock. */
export interface AuthorizerParts {
  readonly store: Pick<Store, 'user' | 'keyTags'>
  readonly clock: Clock
  readonly resourceNames: ResourceNames
}

/**
 * The account's own access keys may do everything; a user what its policy allows, and nothing without one. The check of
 * whose key it is comes before: nobody's policy opens another account's key.
 */
export function createAuthorizer(parts: AuthorizerParts): Authorizer {
  const judge = createJudge(parts)
  return async (caller, resource) => {
    if (caller.userId === undefined) return
    const { decision } = await judge(caller, resource)
    if (decision === 'allow') return
    const names = parts.resourceNames(resource)
    throw kmsError('access-denied', {
      action: caller.action,
      resource: names,
      explicit: decision === 'explicit-deny',
    })
  }
}

/** What a user's policy says, and which statement says it; policies are parsed once. */
export function createJudge({
  store,
  clock,
  resourceNames,
}: AuthorizerParts): (caller: Caller, resource: Resource) => Promise<Verdict> {
  const parsed = new Map<string, { text: string; policy: Policy }>()
  return async (caller, resource) => {
    const { userId = '', action } = caller
    const text = (await store.user(userId))?.policy ?? null
    if (text === null) return { decision: 'implicit-deny' }
    let entry = parsed.get(userId)
    if (entry?.text !== text) {
      entry = { text, policy: parsePolicy(text) }
      parsed.set(userId, entry)
    }
    const policies = [entry.policy]
    const tags = 'keyId' in resource && needsTags(policies) ? await store.keyTags(resource.keyId) : {}
    const facts: RequestFacts = {
      sourceAddress: caller.sourceAddress ?? '',
      secure: caller.secure === true,
      context: caller.context ?? {},
      time: clock(),
      tags,
    }
    return decide(policies, action, resourceNames(resource), facts)
  }
}
