// Accounts and their access keys, as `init` and administrators make them.
import { randomBytes, randomInt } from 'node:crypto'
import { storeCredential } from './credentials.ts'
import type { Account } from './ports.ts'
import type { Services } from './services.ts'

/** Prefix of access key ids: Tencent's permanent ids begin AKID, Alibaba's LTAI. Either signs in both dialects. */
export type AccessKeyPrefix = 'AKID' | 'LTAI'

/** An access key whose secret is shown this once. */
export interface IssuedCredential {
  readonly accessKeyId: string
  readonly secret: string
}

/** Makes an account. The id defaults to twelve random digits. */
export async function createAccount(
  services: Services,
  name: string,
  id = randomAccountId(),
): Promise<Account> {
  const account = { id, name, createdAt: services.clock() }
  await services.store.transact((writer) => writer.insertAccount(account))
  return account
}

/** Makes an access key of an account; its secret is sealed by the token. Throws `unavailable`. */
export async function issueCredential(
  services: Services,
  accountId: string,
  prefix: AccessKeyPrefix,
): Promise<IssuedCredential> {
  const accessKeyId = prefix + randomText(prefix === 'AKID' ? 32 : 20)
  const secret = randomText(32)
  await storeCredential(services, { accessKeyId, accountId, secret })
  return { accessKeyId, secret }
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
