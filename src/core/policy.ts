// Policies in the clouds' own shape (CAM 2.0, RAM 1): who may do what on which resource; an explicit deny wins.

/** One statement, in whichever cloud's spelling it was written. */
export interface Statement {
  readonly effect: 'allow' | 'deny'
  /** `kms:Action` with `*` and `?`. */
  readonly actions: readonly string[]
  /** Resource names of either cloud with `*` and `?`. */
  readonly resources: readonly string[]
}

export type Policy = readonly Statement[]

export type Decision = 'allow' | 'explicit-deny' | 'implicit-deny'

/** A policy that cannot be used; the message names the element. */
export class PolicyError extends Error {
  override readonly name = 'PolicyError'
}

/**
 * Reads `{ "version", "statement": [{ "effect", "action", "resource" }] }`. Names of elements and effects may be
 * capitalised as RAM does or not as CAM does. Elements this service does not enforce (conditions, principals,
 * negations) are refused: a policy must never grant more than it says. Throws PolicyError.
 */
export function parsePolicy(text: string): Policy {
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
  return list.map((entry, index) => parseStatement(entry, `statement ${index + 1}`))
}

/** What the policies say of an action on a resource, whose names in every cloud's form are given. */
export function decide(
  policies: readonly Policy[],
  action: string,
  resourceNames: readonly string[],
): Decision {
  const matching = policies
    .flat()
    .filter(
      ({ actions, resources }) =>
        actions.some((pattern) => matches(pattern.toLowerCase(), action.toLowerCase())) &&
        resources.some((pattern) => resourceNames.some((name) => matches(pattern, name))),
    )
  if (matching.some(({ effect }) => effect === 'deny')) return 'explicit-deny'
  return matching.length > 0 ? 'allow' : 'implicit-deny'
}

/** True when `*` (any characters, none too) and `?` (one character) of the pattern can stand for the text. */
export function matches(pattern: string, text: string): boolean {
  let [place, at] = [0, 0]
  // Where the last star is, and how much of the text it stands for so far: no input makes this slow.
  let [star, taken] = [-1, 0]
  while (at < text.length) {
    if (pattern[place] === '*') {
      star = place++
      taken = at
    } else if (pattern[place] === '?' || pattern[place] === text[at]) {
      place++
      at++
    } else if (star >= 0) {
      place = star + 1
      at = ++taken
    } else return false
  }
  while (pattern[place] === '*') place++
  return place === pattern.length
}

function parseStatement(value: unknown, where: string): Statement {
  const { effect, action, resource } = elements(value, where, ['sid', 'effect', 'action', 'resource'])
  const lowered = typeof effect === 'string' ? effect.toLowerCase() : ''
  if (lowered !== 'allow' && lowered !== 'deny')
    throw new PolicyError(`${where}: effect must be allow or deny`)
  return {
    effect: lowered,
    // CAM's older form has a prefix.
    actions: texts(action, `${where}: action`).map((name) => name.replace(/^name\//, '')),
    resources: texts(resource, `${where}: resource`),
  }
}

function elements(value: unknown, where: string, known: readonly string[]): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new PolicyError(`${where} must be a JSON object`)
  }
  const lowered = Object.entries(value).map(([name, member]) => [name.toLowerCase(), member] as const)
  const strange = lowered.find(([name]) => !known.includes(name))
  const names = lowered.map(([name]) => name)
  const twice = names.find((name, index) => names.indexOf(name) !== index)
  if (twice !== undefined) throw new PolicyError(`${where}: the element ${twice} is there twice`)
  if (strange !== undefined) throw new PolicyError(`${where}: the element ${strange[0]} is not supported`)
  return Object.fromEntries(lowered)
}

function texts(value: unknown, where: string): string[] {
  const list: unknown[] = Array.isArray(value) ? value : [value]
  if (list.length === 0 || list.some((text) => typeof text !== 'string' || text === '')) {
    throw new PolicyError(`${where} must be a text or a list of texts`)
  }
  return list as string[]
}
