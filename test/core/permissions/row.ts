// What the matrix of permissions knows of each action, and the face of a dialect that it is run against.
import type { Services } from '../../../src/core/services.ts'
import type { Action } from '../../../src/dialects/dialect.ts'
import type { TestTrail } from '../../support/audit.ts'
import type { Signer } from '../../support/users.ts'

/** Does an action for whoever owns what is made, and gives its output; throws when it is refused. */
// biome-ignore lint/suspicious/noExplicitAny: tests read members of replies freely
export type Make = (action: string, input?: object) => Promise<any>

/** An action's fields. */
export type Input = Readonly<Record<string, unknown>>

export interface Row {
  /** Makes what the action takes, in the state it takes it in, and gives its input. */
  readonly input: (make: Make) => Input | Promise<Input>
  /**
   * What another account gets with that input: the code for what is not there; `OK` where the action is about what is its
   * own only.
   */
  readonly other: string
  /** The action shows nothing of any account, and whoever signs may do it. */
  readonly open?: true
  /** What a policy must allow, where that is not the action's own name. */
  readonly permissions?: readonly string[]
}

export type Rows = Readonly<Record<string, Row>>

export interface Answer {
  /** `OK`, or the error's code. */
  readonly code: string
  readonly status: number
  // biome-ignore lint/suspicious/noExplicitAny: tests read members of replies freely
  readonly body: any
}

/** A dialect in process, over the services. */
export interface Server {
  readonly name: string
  readonly actions: readonly Action[]
  readonly services: Services
  readonly audit: TestTrail
  readonly rows: Rows
  /** Codes of what is refused to anybody else than another account. */
  readonly codes: { readonly denied: string; readonly disabled: string; readonly expired: string }
  /** What the body of a refusal by policy must be like. */
  readonly denial: (permission: string, explicit: boolean) => object
  ask(action: string, input: Input, signer?: Signer): Promise<Answer>
}

/** Actions on behalf of a signer, the account itself when none is given. */
export function makerFor(server: Pick<Server, 'ask'>, signer?: Signer): Make {
  return async (action, input = {}) => {
    const { code, body } = await server.ask(action, { ...input }, signer)
    if (code !== 'OK') throw new Error(`${action}: ${code}`)
    return body
  }
}

/** What the policy of somebody who may do the action says. */
export function permissionsOf(name: string, { permissions }: Row): readonly string[] {
  return permissions ?? [`kms:${name}`]
}

let count = 0

/** A name that nobody has yet, of letters and digits; none is part of another. */
export function freshName(): string {
  return `name${String(++count).padStart(6, '0')}`
}
