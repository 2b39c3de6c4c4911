// Accounts, their users and their access keys, as `init` and administrators make them.
import { randomBytes, randomInt, randomUUID } from 'node:crypto'
import { digestToken, storeCredential } from './credentials.ts'
import type { Account, User } from './identities.ts'
import type { Services } from './services.ts'

/** What these need who seal nothing. */
type Records = Pick<Services, 'store' | 'clock'>

/** Prefix of access key ids: Tencent's permanent ids begin AKID, Alibaba's LTAI. Either signs in both dialects. */
export type AccessKeyPrefix = 'AKID' | 'LTAI'

/** An access key whose secret is shown this once. */
export interface IssuedCredential {
  readonly accessKeyId: string
  readonly secret: string
  /** Of a temporary one; every request must bring it. */
  readonly token?: string
}

/** Makes an account. The id defaults to twelve random digits. */
export async function createAccount(
  services: Records,
  name: string,
  id = randomAccountId(),
): Promise<Account> {
  const account = { id, name, status: 'Active', createdAt: services.clock() } as const
  await services.store.transact((writer) => writer.insertAccount(account))
  return account
}

/** Names of users: letters, digits and _ + = , . @ -, at most 64. */
export const userName = /^[\w+=,.@-]{1,64}$/

/** Makes a user of an account; nothing is allowed to it yet. Undefined when the name is taken. */
export async function createUser(
  services: Records,
  accountId: string,
  name: string,
): Promise<User | undefined> {
  const createdAt = services.clock()
  const user = { id: randomUUID(), accountId, name, status: 'Active', policies: [], createdAt } as const
  return services.store.transact(async (writer) => {
    if ((await writer.userByName(accountId, name)) !== undefined) return undefined
    await writer.insertUser(user)
    return user
  })
}

/** As many access keys may be enabled at once, so that one can be replaced while it is still in use; as in the clouds. */
export const credentialLimit = 2

/**
 * Makes an access key of an account or a user; its secret is sealed by the token. With `lifetime` (milliseconds) it is a
 * temporary one, of which there may be any number. Undefined when the limit is reached. Throws `unavailable`.
 */
export async function issueCredential(
  services: Services,
  owner: { readonly accountId: string; readonly userId?: string },
  prefix: AccessKeyPrefix,
  lifetime?: number,
): Promise<IssuedCredential | undefined> {
  const accessKeyId = prefix + randomText(prefix === 'AKID' ? 32 : 20)
  const secret = randomText(32)
  if (lifetime === undefined) {
    const stored = await storeCredential(services, { accessKeyId, ...owner, secret }, credentialLimit)
    return stored ? { accessKeyId, secret } : undefined
  }
  const token = randomText(64)
  const temporary = { tokenDigest: digestToken(token), expiresAt: services.clock() + lifetime }
  await storeCredential(services, { accessKeyId, ...owner, secret, temporary })
  return { accessKeyId, secret, token }
}

/** Disables an access key for good; false when there is none. */
export async function disableCredential(services: Records, accessKeyId: string): Promise<boolean> {
  if ((await services.store.credential(accessKeyId)) === undefined) return false
  await services.store.transact((writer) => writer.setCredentialStatus(accessKeyId, 'Disabled'))
  return true
}

function randomAccountId(): string {
  return String(randomInt(100_000_000_000, 1_000_000_000_000 - 1))
}

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'

function randomText(length: number): string {
  let text = ''
  while (text.length < length) {
    // Bytes past the last whole multiple of the alphabet would favour its first letters.
    for (const byte of randomBytes(length))
      if (byte < 248 && text.length < length) text += alphabet[byte % 62]
  }
  return text
}
