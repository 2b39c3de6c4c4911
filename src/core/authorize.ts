// May this caller do this? Asked once per operation and key, before its effect.
import type { Caller } from './caller.ts'
import { kmsError } from './errors.ts'
import { decideByKey, type KeyVerdict, parseKeyPolicy } from './key-policy.ts'
import { decide, type NamedPolicy, needsTags, parsePolicy, type Verdict } from './policy.ts'
import type { Clock, Store } from './ports.ts'

/** A key with its own policy (JSON; null for the default one). */
export interface KeyResource {
  readonly accountId: string
  readonly keyId: string
  readonly keyPolicy: string | null
}

/**
 * What a permission is about: one key, one alias, or an account's keys or aliases as a whole. Hosted data keys are under
 * their CMK.
 */
export type Resource =
  | KeyResource
  | { readonly accountId: string; readonly alias: string }
  | { readonly accountId: string; readonly all: 'keys' | 'aliases' }

/** What a name of a resource says: a key's leaves out its policy. */
export type NamedResource = Exclude<Resource, KeyResource> | Omit<KeyResource, 'keyPolicy'>

/** Names of a resource in the form of each cloud that has one. */
export type ResourceNames = (resource: Resource) => readonly string[]

/** Throws `access-denied` unless the caller may do what it asks for on the resource; see `createAuthorizer`. */
export type Authorizer = (caller: Caller, resource: Resource) => Promise<void>

/** What decides: the store's policies and tags, the clock. */
export interface AuthorizerParts {
  readonly store: Pick<Store, 'user' | 'keyTags'>
  readonly clock: Clock
  readonly resourceNames: ResourceNames
}

/** A decision with the kind of policy that made it. */
export interface Judgement extends Verdict {
  readonly by: 'account' | 'identity-policy' | 'key-policy'
  /** The resource is the caller's account's, or its key policy lets that account at it. */
  readonly visible: boolean
}

/** Says what policies say of a caller's action on a resource. */
export type Judge = (caller: Caller, resource: Resource) => Promise<Judgement>

/**
 * The account's own access keys may do everything with what is the account's; a user what its policies or a key's policy
 * allow, unless one of them denies it. Another account's key needs both: the key's policy for the account or the user, and
 * for a user its own. Without the first, the key is not there: throws `key-not-found`.
 */
export function createAuthorizer(parts: AuthorizerParts): Authorizer {
  const judge = createJudge(parts)
  return async (caller, resource) => {
    if (caller.userId === undefined && resource.accountId === caller.accountId) return
    const { decision, by, visible } = await judge(caller, resource)
    if (decision === 'allow') return
    if (!visible) throw kmsError('key-not-found', { keyId: 'keyId' in resource ? resource.keyId : '' })
    throw kmsError('access-denied', {
      action: caller.action,
      resource: parts.resourceNames(resource),
      explicit: decision === 'explicit-deny',
      by: by === 'key-policy' ? 'key-policy' : 'identity-policy',
      accountId: caller.accountId,
      ...(caller.userId === undefined ? {} : { userId: caller.userId }),
    })
  }
}

const parsedLimit = 10_000

/** Makes the judge; policies are parsed once. */
export function createJudge({ store, clock, resourceNames }: AuthorizerParts): Judge {
  const parse = createParser()
  const factsOf = async (caller: Caller, resource: Resource, policies: readonly NamedPolicy[]) => ({
    sourceAddress: caller.sourceAddress ?? '',
    secure: caller.secure === true,
    context: caller.context ?? {},
    time: clock(),
    tags: 'keyId' in resource && needsTags(policies) ? await store.keyTags(resource.keyId) : {},
  })
  return async (caller, resource) => {
    const { accountId, userId, action } = caller
    const own = resource.accountId === accountId
    if (own && userId === undefined) return { decision: 'allow', by: 'account', visible: true }
    const user = userId === undefined ? undefined : await store.user(userId)
    const policies = (user?.policies ?? []).map(({ name, document }) => parse.user(name, document))
    const keyPolicy = parse.key('keyId' in resource ? resource.keyPolicy : null)
    const facts = await factsOf(caller, resource, [...policies, ...keyPolicy])
    const names = resourceNames(resource)
    const who = { accountId, ...(user === undefined ? {} : { userName: user.name }) }
    const byKey = decideByKey(keyPolicy, who, action, names, facts)
    if (!own && byKey.decision !== 'allow') return { ...byKey, by: 'key-policy', visible: false }
    const byIdentity: Verdict =
      userId === undefined ? { decision: 'allow' } : decide(policies, action, names, facts)
    return { ...combine(byIdentity, byKey, own), visible: true }
  }
}

// A denial wins; otherwise either allowance is enough at home, and both are needed abroad, where the key's is known.
function combine(byIdentity: Verdict, byKey: KeyVerdict, own: boolean): Omit<Judgement, 'visible'> {
  const identity = { ...byIdentity, by: 'identity-policy' } as const
  if (byIdentity.decision === 'explicit-deny') return identity
  const { named, ...verdict } = byKey
  const key = { ...verdict, by: 'key-policy' } as const
  if (byKey.decision === 'explicit-deny') return key
  return own && named && byIdentity.decision !== 'allow' ? key : identity
}

function createParser() {
  const parsed = new Map<string, NamedPolicy>()
  const once = (name: string, make: () => NamedPolicy) => {
    let policy = parsed.get(name)
    if (policy === undefined) {
      if (parsed.size >= parsedLimit) parsed.clear()
      policy = make()
      parsed.set(name, policy)
    }
    return policy
  }
  return {
    user: (name: string, text: string) =>
      once(`${name}\n${text}`, () => ({ name, statements: parsePolicy(text) })),
    key: (text: string | null) => (text === null ? [] : [once(`\n${text}`, () => parseKeyPolicy(text))]),
  }
}
