// Policies in the clouds' own shape (CAM 2.0, RAM 1): who may do what on which resource; an explicit deny wins.
import { type Condition, holds, isEnforced, matches, type RequestFacts, readOperator } from './conditions.ts'

/** One statement, in whichever cloud's spelling it was written. */
export interface Statement {
  readonly effect: 'allow' | 'deny'
  /** `kms:Action` with `*` and `?`, lower case: actions have none. */
  readonly actions: readonly string[]
  /** Resource names of either cloud with `*` and `?`. */
  readonly resources: readonly string[]
  /** All of which must hold. */
  readonly conditions: readonly Condition[]
  /** Whom a statement of a key policy is about; absent from users' policies, which are about whoever has them. */
  readonly principals?: readonly string[]
  /** For people: the statement's Sid, or its place. */
  readonly name: string
}

export type Policy = readonly Statement[]

export type Decision = 'allow' | 'explicit-deny' | 'implicit-deny'

/** A policy under the name it goes by. */
export interface NamedPolicy {
  readonly name: string
  readonly statements: Policy
}

/** A decision, and the policy and statement that made it; none made an implicit denial. */
export interface Verdict {
  readonly decision: Decision
  readonly policy?: string
  readonly statement?: string
}

/** A policy that cannot be used; the message names the element. */
export class PolicyError extends Error {
  override readonly name = 'PolicyError'
}

/**
 * Reads `{ "version", "statement": [{ "effect", "action", "resource" }] }`. Names of elements and effects may be
 * capitalised as RAM does or not as CAM does. What this service does not enforce (principals, negations, conditions it
 * does not know) is refused: a policy must never grant more than it says. Throws PolicyError.
 */
export function parsePolicy(text: string): Policy {
  return parseStatements(text)
}

/** Reads the principals of a statement. Throws PolicyError. */
type ReadPrincipals = (principal: unknown, where: string) => readonly string[]

/** The same; with `readPrincipals` every statement must say whom it is about. Throws PolicyError. */
export function parseStatements(text: string, readPrincipals?: ReadPrincipals): Policy {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw new PolicyError('the policy is not well-formed JSON')
  }
  const { version, statement } = elements(value, 'policy', ['version', 'statement'])
  if (version !== undefined && typeof version !== 'string') throw new PolicyError('version must be a text')
  const list = Array.isArray(statement) ? statement : [statement]
  if (statement === undefined || list.length === 0) throw new PolicyError('the policy has no statement')
  return list.map((entry, index) => parseStatement(entry, `statement ${index + 1}`, readPrincipals))
}

/** What the policies say of an action on a resource, whose names in each cloud's form are given. */
export function decide(
  policies: readonly NamedPolicy[],
  action: string,
  resourceNames: readonly string[],
  facts: RequestFacts,
): Verdict {
  const lowered = action.toLowerCase()
  const applies = ({ actions, resources, conditions }: Statement) =>
    actions.some((pattern) => matches(pattern, lowered)) &&
    resources.some((pattern) => resourceNames.some((name) => matches(pattern, name))) &&
    conditions.every((condition) => holds(condition, facts))
  const matching = policies.flatMap(({ name: policy, statements }) =>
    statements.filter(applies).map(({ effect, name: statement }) => ({ effect, policy, statement })),
  )
  const denial = matching.find(({ effect }) => effect === 'deny')
  if (denial !== undefined) {
    return { decision: 'explicit-deny', policy: denial.policy, statement: denial.statement }
  }
  const [allowance] = matching
  if (allowance === undefined) return { decision: 'implicit-deny' }
  return { decision: 'allow', policy: allowance.policy, statement: allowance.statement }
}

/** True when a statement asks for the tags of keys, which have to be looked up. */
export function needsTags(policies: readonly NamedPolicy[]): boolean {
  return policies
    .flatMap(({ statements }) => statements)
    .some(({ conditions }) => conditions.some(({ key }) => /tag/i.test(key)))
}

function parseStatement(value: unknown, where: string, readPrincipals?: ReadPrincipals): Statement {
  const known = ['sid', 'effect', 'action', 'resource', 'condition']
  if (readPrincipals !== undefined) known.push('principal')
  const { sid, effect, action, resource, condition, principal } = elements(value, where, known)
  const lowered = typeof effect === 'string' ? effect.toLowerCase() : ''
  if (lowered !== 'allow' && lowered !== 'deny')
    throw new PolicyError(`${where}: effect must be allow or deny`)
  return {
    effect: lowered,
    // CAM's older form has a prefix.
    actions: texts(action, `${where}: action`).map((name) => name.replace(/^name\//, '').toLowerCase()),
    resources: texts(resource, `${where}: resource`),
    conditions: condition === undefined ? [] : parseConditions(condition, where),
    ...(readPrincipals === undefined ? {} : { principals: readPrincipals(principal, where) }),
    name: typeof sid === 'string' ? sid : where,
  }
}

function parseConditions(value: unknown, where: string): readonly Condition[] {
  return members(value, `${where}: condition`).flatMap(([operator, about]) =>
    members(about, `${where}: condition ${operator}`).map(([key, values]) => {
      const place = `${where}: condition ${operator} ${key}`
      const list = Array.isArray(values) ? values : [values]
      const condition = { ...readOperator(operator), key, values: texts(list.map(String), place) }
      if (!isEnforced(condition)) throw new PolicyError(`${place} is not supported`)
      return condition
    }),
  )
}

/** The members of a JSON object by their names in lower case, which must be known ones. Throws PolicyError. */
export function elements(value: unknown, where: string, known: readonly string[]): Record<string, unknown> {
  const lowered = members(value, where).map(([name, member]) => [name.toLowerCase(), member] as const)
  const names = lowered.map(([name]) => name)
  const strange = names.find((name) => !known.includes(name))
  if (strange !== undefined) throw new PolicyError(`${where}: the element ${strange} is not supported`)
  const twice = names.find((name, index) => names.indexOf(name) !== index)
  if (twice !== undefined) throw new PolicyError(`${where}: the element ${twice} is there twice`)
  return Object.fromEntries(lowered)
}

function members(value: unknown, where: string): [string, unknown][] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new PolicyError(`${where} must be a JSON object`)
  }
  return Object.entries(value)
}

/** A text, or a list of them with one at least. Throws PolicyError. */
export function texts(value: unknown, where: string): string[] {
  const list: unknown[] = Array.isArray(value) ? value : [value]
  if (list.length === 0 || list.some((text) => typeof text !== 'string' || text === '')) {
    throw new PolicyError(`${where} must be a text or a list of texts`)
  }
  return list as string[]
}
