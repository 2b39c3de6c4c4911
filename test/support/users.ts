// A user of the test account with an access key, for tests of what users may do.
import { createUser } from '../../src/core/accounts.ts'
import { storeCredential } from '../../src/core/credentials.ts'
import { putOwnPolicy } from '../../src/core/policies.ts'
import type { Services } from '../../src/core/services.ts'
import { accountId } from './services.ts'

export interface TestUser {
  readonly userId: string
  /** Signs in both dialects. */
  readonly secretId: string
  readonly secret: string
  /** Lets the user do one action, or those given, on the resources given; on all when none is. */
  allow(action: string | readonly string[], resource?: string | readonly string[]): Promise<void>
}

/** Makes the user; nothing is allowed to it. */
export async function addUser(services: Services, name = 'user'): Promise<TestUser> {
  const user = await createUser(services, accountId, name)
  if (user === undefined) throw new Error(`there is a user ${name}`)
  const secretId = `AKID${name}`
  const secret = 'users0000000000000000000000secret'
  await storeCredential(services, { accessKeyId: secretId, accountId, userId: user.id, secret })
  return {
    userId: user.id,
    secretId,
    secret,
    allow: (action, resource = '*') =>
      putOwnPolicy(services, user, JSON.stringify({ statement: { effect: 'allow', action, resource } })),
  }
}
