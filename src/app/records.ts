// What administrators do with accounts, and the part of it that needs no token.
import { isAbsolute, join } from 'node:path'
import type { Config } from '../config.ts'
import {
  type AccessKeyPrefix,
  createAccount,
  createUser,
  disableCredential,
  type IssuedCredential,
  putPolicy,
} from '../core/accounts.ts'
import { openLatch } from '../core/latches.ts'
import type { Account, Store, User } from '../core/ports.ts'
import { openStore } from '../store/store.ts'

/** What administrators do with accounts. */
export interface Accounts {
  find(accountId: string): Promise<Account | undefined>
  create(name: string, accountId?: string): Promise<Account>
  findUser(accountId: string, name: string): Promise<User | undefined>
  /** Undefined when the name is taken. */
  createUser(accountId: string, name: string): Promise<User | undefined>
  /** Throws PolicyError. */
  putPolicy(userId: string, policy: string): Promise<void>
  /** The secret is shown this once. With `lifetime` (ms) the access key is a temporary one. */
  issueCredential(
    owner: { readonly accountId: string; readonly userId?: string },
    prefix: AccessKeyPrefix,
    lifetime?: number,
  ): Promise<IssuedCredential>
  /** False when there is none. */
  disableCredential(accessKeyId: string): Promise<boolean>
}

/** What commands do that need no token: they must work when none can be opened. */
export type Records = Omit<Accounts, 'issueCredential'> & {
  openLatch(clusterId: string, member: string): Promise<boolean>
} & { close(): Promise<void> }

/** Opens the store alone. Throws what the store throws. */
export async function openRecords(config: Config): Promise<Records> {
  const store = await openStore(`sqlite:${storeFile(config)}`)
  return Object.freeze({
    ...createRecords(store),
    openLatch: (clusterId, member) => openLatch(store, clusterId, member),
    close: () => store.close(),
  } satisfies Records)
}

/** The records of an open store. */
export function createRecords(store: Store): Omit<Accounts, 'issueCredential'> {
  const services = { store, clock: Date.now }
  return {
    find: (accountId) => store.account(accountId),
    create: (name, accountId) => createAccount(services, name, accountId),
    findUser: (accountId, name) => store.userByName(accountId, name),
    createUser: (accountId, name) => createUser(services, accountId, name),
    putPolicy: (userId, policy) => putPolicy(services, userId, policy),
    disableCredential: (accessKeyId) => disableCredential(services, accessKeyId),
  }
}

/** The file of the configured database. */
export function storeFile(config: Config): string {
  const file = config.store.url.slice('sqlite:'.length)
  return isAbsolute(file) ? file : join(config.home, file)
}
