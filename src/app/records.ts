// What administrators do with accounts, and the part of it that needs no token.
import { resolve } from 'node:path'
import { type Config, ConfigError } from '../config.ts'
import {
  type AccessKeyPrefix,
  createAccount,
  createUser,
  disableCredential,
  type IssuedCredential,
} from '../core/accounts.ts'
import { createJudge, type Judgement } from '../core/authorize.ts'
import type { Caller } from '../core/caller.ts'
import type {
  Account,
  AttachedPolicy,
  PolicyDocument,
  Status,
  StoredCredential,
  User,
} from '../core/identities.ts'
import { openLatch } from '../core/latches.ts'
import { attachPolicy, detachPolicy, putOwnPolicy, setStatus, writePolicy } from '../core/policies.ts'
import type { Store } from '../core/ports.ts'
import { type OpenStore, openStore, type StoreOptions } from '../store/store.ts'
import { describe } from './describe.ts'
import { createResourceNames, readResource } from './resource-names.ts'

/** Who asks for what, for a simulation: a user, or the account itself without one. */
export type Question = Pick<Caller, 'action' | 'sourceAddress' | 'secure' | 'context'> & {
  readonly accountId: string
  readonly userId?: string
  /** See `readResource`. */
  readonly resource: string
}

/** What administrators do with accounts. */
export interface Accounts {
  find(accountId: string): Promise<Account | undefined>
  list(): Promise<readonly Account[]>
  create(name: string, accountId?: string): Promise<Account>
  setStatus(of: { readonly accountId: string } | { readonly userId: string }, status: Status): Promise<void>
  findUser(accountId: string, name: string): Promise<User | undefined>
  listUsers(accountId: string): Promise<readonly User[]>
  /** Undefined when the name is taken. */
  createUser(accountId: string, name: string): Promise<User | undefined>
  listPolicies(accountId: string): Promise<readonly AttachedPolicy[]>
  /** False when a new one's name is taken, or there is no existing one. Throws PolicyError. */
  writePolicy(accountId: string, policy: PolicyDocument, which: 'new' | 'existing'): Promise<boolean>
  /** Throws PolicyError. */
  putOwnPolicy(user: User, document: string): Promise<void>
  /** False when there is no such policy. */
  attachPolicy(user: User, name: string): Promise<boolean>
  /** False when the user did not have it. */
  detachPolicy(user: User, name: string): Promise<boolean>
  /** What policies say of it; undefined when there is no such key. */
  simulate(question: Question): Promise<Judgement | undefined>
  /** Access keys of an account and of its users. */
  listCredentials(accountId: string): Promise<readonly StoredCredential[]>
  /**
   * The secret is shown this once. With `lifetime` (ms) the access key is a temporary one. Undefined when the owner has as
   * many permanent ones as it may.
   */
  issueCredential(
    owner: { readonly accountId: string; readonly userId?: string },
    prefix: AccessKeyPrefix,
    lifetime?: number,
  ): Promise<IssuedCredential | undefined>
  /** False when there is none. */
  disableCredential(accessKeyId: string): Promise<boolean>
}

/** What commands do that need no token: they must work when none can be opened. */
export type Records = Omit<Accounts, 'issueCredential'> & {
  openLatch(clusterId: string, member: string): Promise<boolean>
} & { close(): Promise<void> }

/** Opens the store alone. Throws ConfigError. */
export async function openRecords(config: Config): Promise<Records> {
  const store = await openConfigured(config)
  return Object.freeze({
    ...createRecords(config, store),
    openLatch: (clusterId, member) => openLatch(store, clusterId, member),
    close: () => store.close(),
  } satisfies Records)
}

/** The records of an open store. */
export function createRecords(config: Config, store: Store): Omit<Accounts, 'issueCredential'> {
  const services = { store, clock: Date.now }
  const judge = createJudge({ ...services, resourceNames: createResourceNames(config) })
  return {
    find: (accountId) => store.account(accountId),
    list: () => store.listAccounts(),
    create: (name, accountId) => createAccount(services, name, accountId),
    setStatus: (of, status) => setStatus(services, of, status),
    findUser: (accountId, name) => store.userByName(accountId, name),
    listUsers: (accountId) => store.listUsers(accountId),
    createUser: (accountId, name) => createUser(services, accountId, name),
    listPolicies: (accountId) => store.listPolicies(accountId),
    writePolicy: (accountId, policy, which) => writePolicy(services, accountId, policy, which),
    putOwnPolicy: (user, document) => putOwnPolicy(services, user, document),
    attachPolicy: (user, name) => attachPolicy(services, user, name),
    detachPolicy: (user, name) => detachPolicy(services, user, name),
    async simulate({ resource: text, ...asked }) {
      const named = readResource(text, asked.accountId)
      const caller = { accessKeyId: '', ...asked }
      if (!('keyId' in named)) return judge(caller, named)
      const key = await store.key(named.keyId)
      return key?.accountId === named.accountId
        ? judge(caller, { ...named, keyPolicy: key.policy })
        : undefined
    },
    listCredentials: (accountId) => store.listCredentials(accountId),
    disableCredential: (accessKeyId) => disableCredential(services, accessKeyId),
  }
}

/** Opens the configured store. Throws ConfigError when it cannot be opened. */
export async function openConfigured(
  config: Config,
  onEvent?: NonNullable<StoreOptions['onEvent']>,
): Promise<OpenStore> {
  const file = storeFile(config)
  const url = file === undefined ? config.store.url : `sqlite:${file}`
  try {
    return await openStore(url, {
      password: config.storePassword,
      ...(onEvent === undefined ? {} : { onEvent }),
    })
  } catch (error) {
    throw inConfig(error)
  }
}

/** Fills the configured store, which must be empty, with the rows of a copy. Throws ConfigError. */
export async function fillStore(config: Config, file: string): Promise<void> {
  const store = await openConfigured(config)
  try {
    await store.fillFrom(file)
  } catch (error) {
    throw inConfig(error)
  } finally {
    await store.close()
  }
}

function inConfig(error: unknown): ConfigError {
  return new ConfigError('store.url', describe(error).replace(/^Error: /, ''))
}

/** The file of the configured database; undefined when it is not one. */
export function storeFile({ store, home }: Config): string | undefined {
  return store.url.startsWith('sqlite:') ? resolve(home, store.url.slice('sqlite:'.length)) : undefined
}
