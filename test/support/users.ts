// Who signs in tests of what users may do: users of an account, and further access keys of either.
import { createUser, issueCredential } from '../../src/core/accounts.ts'
import { putOwnPolicy } from '../../src/core/policies.ts'
import type { Services } from '../../src/core/services.ts'
import { accountId } from './services.ts'

/** An access key with whose it is; it signs in both dialects. A temporary one has a token. */
export interface Signer {
  readonly accountId: string
  readonly userId?: string
  readonly secretId: string
  readonly secret: string
  readonly token?: string
}

/** A statement as both clouds understand it, about every resource unless it says which. */
export interface TestStatement {
  readonly effect: 'allow' | 'deny'
  readonly action: string | readonly string[]
  readonly resource?: string | readonly string[]
}

export interface TestUser extends Signer {
  readonly userId: string
  /** Lets the user do one action, or those given, on the resources given; on all when none is. */
  allow(action: string | readonly string[], resource?: string | readonly string[]): Promise<void>
  /** Gives the user these statements in place of those it had. */
  put(...statements: readonly TestStatement[]): Promise<void>
}

/** Makes the user with an access key; nothing is allowed to it. */
export async function addUser(services: Services, name = 'user', of = accountId): Promise<TestUser> {
  const user = await createUser(services, of, name)
  if (user === undefined) throw new Error(`there is a user ${name}`)
  const put = (...statements: readonly TestStatement[]) => {
    const statement = statements.map((one) => ({ resource: '*', ...one }))
    return putOwnPolicy(services, user, JSON.stringify({ statement }))
  }
  return {
    ...(await addSigner(services, { accountId: of, userId: user.id })),
    userId: user.id,
    put,
    allow: (action, resource = '*') => put({ effect: 'allow', action, resource }),
  }
}

/** Makes a further access key of an account, or of a user of it; with `lifetime` (ms) a temporary one. */
export async function addSigner(
  services: Services,
  { accountId, userId }: Pick<Signer, 'accountId' | 'userId'>,
  lifetime?: number,
): Promise<Signer> {
  const owner = { accountId, ...(userId === undefined ? {} : { userId }) }
  const issued = await issueCredential(services, owner, 'AKID', lifetime)
  if (issued === undefined) throw new Error('the owner has as many access keys as it may have')
  const { accessKeyId: secretId, ...more } = issued
  return { ...owner, secretId, ...more }
}
