// Policies of keys: what the owner of a key lets users of its account, and other accounts, do with it (Alibaba, SetKeyPolicy).
import type { Caller } from './caller.ts'
import type { RequestFacts } from './conditions.ts'
import {
  decide,
  elements,
  type NamedPolicy,
  PolicyError,
  parseStatements,
  texts,
  type Verdict,
} from './policy.ts'

/** Longest key policy, in bytes. */
export const keyPolicyLimit = 32_768

/** What it is called where decisions are explained. */
const keyPolicyName = 'key policy'

/**
 * Forms of principals: an account (`*`, or `root`), one of its users, one of its roles. Nobody here has a role. Accounts
 * have no wildcards: a denial for `acs:ram::*:*` would deny nobody.
 */
const principal = /^acs:ram::([^:*?]+):(\*|root|user\/[\w+=,.@-]{1,64}|role\/[\w.-]{1,64})$/

/** The policy of a key that was given none: users of its account may do what their own policies say. */
export function defaultKeyPolicy(accountId: string): string {
  return JSON.stringify({
    Version: '1',
    Statement: [
      {
        Sid: 'kms default key policy',
        Effect: 'Allow',
        Principal: { RAM: [`acs:ram::${accountId}:*`] },
        Action: ['kms:*'],
        Resource: ['*'],
      },
    ],
  })
}

/** Reads a key policy: a policy whose statements name principals, `{ "RAM": "acs:ram::…" }`. Throws PolicyError. */
export function parseKeyPolicy(text: string): NamedPolicy {
  if (Buffer.byteLength(text) > keyPolicyLimit) {
    throw new PolicyError(`the policy is longer than ${keyPolicyLimit} bytes`)
  }
  return { name: keyPolicyName, statements: parseStatements(text, readPrincipals) }
}

/** Whom a decision is about: a user by its name, or an account itself. */
export type Principal = Pick<Caller, 'accountId'> & { readonly userName?: string }

/** `named` is true when the allowance is for the very user, who needs no other where the key is its account's. */
export type KeyVerdict = Verdict & { readonly named: boolean }

/**
 * What a key policy (none or one) says. A statement about an account as a whole leaves it to that account's own policies
 * whom of its users it lets.
 */
export function decideByKey(
  keyPolicy: readonly NamedPolicy[],
  who: Principal,
  action: string,
  resourceNames: readonly string[],
  facts: RequestFacts,
): KeyVerdict {
  const user = `acs:ram::${who.accountId}:user/${who.userName ?? ''}`
  const account = [`acs:ram::${who.accountId}:*`, `acs:ram::${who.accountId}:root`]
  const about = (names: readonly string[]) =>
    keyPolicy.map(({ name, statements }) => ({
      name,
      statements: statements.filter(({ principals = [] }) => principals.some((one) => names.includes(one))),
    }))
  const whole = decide(about([user, ...account]), action, resourceNames, facts)
  if (whole.decision !== 'allow' || who.userName === undefined) return { ...whole, named: false }
  const direct = decide(about([user]), action, resourceNames, facts)
  return direct.decision === 'allow' ? { ...direct, named: true } : { ...whole, named: false }
}

function readPrincipals(value: unknown, where: string): readonly string[] {
  const place = `${where}: principal`
  const { ram } = elements(value, place, ['ram'])
  const names = texts(ram, `${place} RAM`)
  const strange = names.find((name) => !principal.test(name))
  if (strange !== undefined) throw new PolicyError(`${place} RAM has a name that is none: ${strange}`)
  return names
}
