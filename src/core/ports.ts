// What core needs of the outside: a token cluster and a store. `app.ts` brings the real ones.
import type { DataKey } from './data-key.ts'
import type { DataKeyState } from './data-key-state.ts'
import type {
  Account,
  AttachedPolicy,
  NewCredential,
  PolicyDocument,
  Status,
  StoredCredential,
  User,
} from './identities.ts'
import type { Key, KeyVersion } from './key.ts'
import type { HiddenKeyState, KeyState } from './key-state.ts'
import type { Strategy } from './sealed.ts'

/** A cluster of tokens that hold the same keys. */
export interface ClusterInfo {
  readonly id: string
  readonly name: string
  /** CMKs created without a cluster live in the default one. */
  readonly default: boolean
}

/** A payload wrapped under a CMK, and the wrap strategy that made it. */
export interface Wrapped {
  readonly strategy: Strategy
  readonly wrapped: Buffer
}

/**
 * The tokens. Every method may throw `unavailable` (no healthy token in time) or `throttled` (queue full).
 * `binding` is a SHA-256 digest (32 bytes) that the payload carries and `unwrap` compares in constant time.
 */
export interface Hsm {
  readonly clusters: readonly ClusterInfo[]
  /** `length` bytes from C_GenerateRandom, and the same bytes wrapped under the key version. */
  generate(
    clusterId: string,
    keyVersionId: string,
    length: number,
    binding: Buffer,
  ): Promise<Wrapped & { bytes: Buffer }>
  /** Bytes of the caller, wrapped under the key version. */
  wrap(clusterId: string, keyVersionId: string, bytes: Buffer, binding: Buffer): Promise<Wrapped>
  /** The bytes of a wrapped payload. Throws `ciphertext-invalid` when it does not open under this binding. */
  unwrap(clusterId: string, keyVersionId: string, sealed: Wrapped, binding: Buffer): Promise<Buffer>
  /** Longest secret, in bytes, that every member of a cluster takes under a key directly. */
  secretLimit(clusterId: string): number
  /** Bytes from C_GenerateRandom, 1 to 1024. */
  random(clusterId: string, length: number): Promise<Buffer>
  /**
   * Makes the CMK object of a key version and reads its attributes back. An attempt that fails may leave its object on a
   * token, and a second one under the same id would be another key: `renew` gives up the version and begins a fresh one
   * for the next attempt; without it there is none. Throws `unavailable`, and what `renew` throws.
   */
  createKey(
    clusterId: string,
    keyVersionId: string,
    label: string,
    renew?: () => Promise<BegunVersion>,
  ): Promise<{ keyVersionId: string; checkValue: string }>
  /** Destroys the object of a key version; one that is not there counts as destroyed. */
  destroyKey(clusterId: string, keyVersionId: string): Promise<void>
  /** A real wrap and unwrap on every member; throws `unavailable` when none does it. */
  prove(clusterId: string): Promise<void>
}

/** A key version whose object is to be made. */
export interface BegunVersion {
  readonly keyVersionId: string
  readonly label: string
}

export interface Alias {
  readonly accountId: string
  readonly name: string
  readonly keyId: string
  readonly createdAt: number
}

export interface Tag {
  readonly key: string
  readonly value: string
}

/** A tag filter: met by a tag with any of the keys and any of the values; an empty list is any at all. */
export interface TagFilter {
  readonly keys: readonly string[]
  readonly values: readonly string[]
}

/** Which keys a listing shows. Absent members do not filter. Newest first unless `order` says otherwise. */
export interface KeyFilter {
  readonly accountId: string
  readonly states?: readonly KeyState[]
  readonly clusterId?: string
  /** Part of the key id or of an alias. */
  readonly search?: string
  readonly keyIds?: readonly string[]
  readonly aliases?: readonly string[]
  /** Each must be met. */
  readonly tags?: readonly TagFilter[]
  readonly protectionLevels?: readonly string[]
  readonly dedicatedClusterIds?: readonly string[]
  readonly order?: 'newest-first' | 'oldest-first'
}

/** A hosted data key without what it has of its CMK. */
export type NewDataKey = Omit<DataKey, 'keyAlias' | 'clusterId' | 'keyDeletionAt' | 'keyPolicy'>

/** Which hosted data keys a listing shows. Absent members do not filter. Newest first unless `order` says otherwise. */
export interface DataKeyFilter {
  readonly accountId: string
  readonly states?: readonly DataKeyState[]
  readonly clusterId?: string
  readonly keyId?: string
  /** Part of the data key's id or name. */
  readonly search?: string
  readonly dataKeyIds?: readonly string[]
  /** Those whose date has come by then are not shown. */
  readonly now: number
  readonly origin?: DataKey['origin']
  /** Bytes. */
  readonly length?: number
  readonly tags?: readonly TagFilter[]
  readonly order?: 'newest-first' | 'oldest-first'
}

/** A page of a listing: `offset` rows are skipped, `limit` at most returned. */
export interface Page {
  readonly offset: number
  readonly limit: number
}

export interface Listed<Row> {
  readonly total: number
  readonly rows: readonly Row[]
}

/** Row of a creation that has begun: written before the token is asked. */
export interface KeyIntent {
  readonly key: Omit<Key, 'alias' | 'state'>
  readonly alias?: string
}

/** A key whose creation or destruction a crash may have cut off. */
export interface UnsettledKey {
  readonly keyId: string
  readonly clusterId: string
  readonly state: HiddenKeyState
  readonly createdAt: number
  readonly versionIds: readonly string[]
}

/** A version of an existing key whose making a crash may have cut off. */
export interface UnsettledVersion {
  readonly versionId: string
  readonly keyId: string
  readonly clusterId: string
  readonly createdAt: number
  /** It can never become usable. */
  readonly givenUp: boolean
}

/** Everything the service remembers. Reads see only settled keys unless said otherwise. */
export interface Store {
  key(keyId: string): Promise<Key | undefined>
  keyByAlias(accountId: string, name: string): Promise<Key | undefined>
  /** The key and the version that a blob names. */
  keyOfVersion(keyVersionId: string): Promise<{ key: Key; version: KeyVersion } | undefined>
  /** Tags of a key, by their keys. */
  keyTags(keyId: string): Promise<Readonly<Record<string, string>>>
  /** Some enabled key of a cluster, whoever's it is. */
  enabledKey(clusterId: string): Promise<Key | undefined>
  listKeys(filter: KeyFilter, page: Page): Promise<Listed<Key>>
  /** Counts every key of the account that uses up quota, unsettled ones too. */
  countKeys(accountId: string): Promise<number>
  listVersions(keyId: string, page: Page): Promise<Listed<KeyVersion>>
  listAliases(accountId: string, keyId: string | undefined, page: Page): Promise<Listed<Alias>>
  dataKey(dataKeyId: string): Promise<DataKey | undefined>
  listDataKeys(filter: DataKeyFilter, page: Page): Promise<Listed<DataKey>>
  /** Counts the data keys of the account that use up quota: all but those that await their deletion. */
  countDataKeys(accountId: string): Promise<number>
  account(accountId: string): Promise<Account | undefined>
  listAccounts(): Promise<readonly Account[]>
  listUsers(accountId: string): Promise<readonly User[]>
  /** Access keys of the account and of its users. */
  listCredentials(accountId: string): Promise<readonly StoredCredential[]>
  listPolicies(accountId: string): Promise<readonly AttachedPolicy[]>
  user(userId: string): Promise<User | undefined>
  userByName(accountId: string, name: string): Promise<User | undefined>
  credential(accessKeyId: string): Promise<StoredCredential | undefined>
  /** A service setting, such as the id of the key that seals secrets. */
  setting(name: string): Promise<string | undefined>
  /** Every key version of a cluster with its check value; null for one that is being made or destroyed. */
  checkValues(
    clusterId: string,
  ): Promise<readonly (readonly [keyVersionId: string, checkValue: string | null])[]>
  unsettledKeys(): Promise<readonly UnsettledKey[]>
  unsettledVersions(): Promise<readonly UnsettledVersion[]>
  /** Enabled keys whose automatic rotation is due. */
  rotationsDue(now: number): Promise<readonly Key[]>
  /** Whether any hosted data key's deletion date has come. */
  hasDueDataKeys(now: number): Promise<boolean>
  /** Keys whose deletion date has come. */
  dueKeys(now: number): Promise<readonly string[]>
  /** Runs writes as one transaction: all of them are kept, durably, or none. */
  transact<Result>(write: (writer: StoreWriter) => Promise<Result>): Promise<Result>
  /**
   * Writes when access keys were last used; an older time than the one that is there changes nothing. `credential` may
   * show the time before: rows in memory stay, because nothing that is decided hangs on it.
   */
  noteUses(uses: readonly (readonly [accessKeyId: string, time: number])[]): Promise<void>
  /** Cheap proof that the store answers. */
  ping(): Promise<void>
}

/** The writes; the reads inside see what the transaction has written. */
export interface StoreWriter {
  insertIntent(intent: KeyIntent): Promise<void>
  /** Makes a created key usable: state Enabled, check value of its one version recorded; false when it was given up meanwhile. */
  activateKey(keyId: string, versionId: string, checkValue: string): Promise<boolean>
  /** Marks a creation as never to be used, its object to be destroyed; false when it has become usable or is gone. */
  giveUpKey(keyId: string): Promise<boolean>
  /** Marks a key as being destroyed; it is gone for every client from here on. */
  markDestroying(keyId: string): Promise<void>
  /** Removes every row of a key. */
  removeKey(keyId: string): Promise<void>
  key(keyId: string): Promise<Key | undefined>
  countKeys(accountId: string): Promise<number>
  /** Versions of a key, one that is being made too. */
  countVersions(keyId: string): Promise<number>
  hasUnsettledVersion(keyId: string): Promise<boolean>
  /** Begins a version, written before the token is asked; its number. */
  insertVersion(keyId: string, versionId: string, now: number): Promise<number>
  /** Makes a version usable; false when it was given up meanwhile. */
  activateVersion(versionId: string, checkValue: string): Promise<boolean>
  /** Marks an unsettled version as never to be used, unless it has become usable or is gone: then it says so. */
  giveUpVersion(versionId: string): Promise<'given-up' | 'usable' | 'gone'>
  removeVersion(versionId: string): Promise<void>
  setPrimaryVersion(keyId: string, versionId: string, rotatedAt: number): Promise<void>
  /** Interval (ms) and time of the next automatic rotation; null for none. */
  setRotation(keyId: string, interval: number | null, next: number | null): Promise<void>
  tagKey(keyId: string, tags: readonly Tag[]): Promise<void>
  setState(keyId: string, state: KeyState, deletionAt: number | null): Promise<void>
  setDescription(keyId: string, description: string): Promise<void>
  alias(accountId: string, name: string): Promise<Alias | undefined>
  /** Adds an alias; it becomes the key's first one when the key has none. */
  insertAlias(alias: Alias): Promise<void>
  /** Points an existing alias at another key of the account. */
  moveAlias(accountId: string, name: string, keyId: string): Promise<void>
  /** Replaces the key's first alias. */
  renameFirstAlias(accountId: string, keyId: string, name: string, now: number): Promise<void>
  deleteAlias(accountId: string, name: string): Promise<void>
  dataKey(dataKeyId: string): Promise<DataKey | undefined>
  countDataKeys(accountId: string): Promise<number>
  /** The id of the account's data key of this name. */
  dataKeyNamed(accountId: string, name: string): Promise<string | undefined>
  insertDataKey(dataKey: NewDataKey): Promise<void>
  tagDataKey(dataKeyId: string, tags: readonly Tag[]): Promise<void>
  setDataKeyState(dataKeyId: string, state: DataKeyState, deletionAt: number | null): Promise<void>
  setDataKeyName(dataKeyId: string, name: string): Promise<void>
  setDataKeyDescription(dataKeyId: string, description: string): Promise<void>
  /** Removes the data keys whose deletion date has come; their ids. */
  removeDueDataKeys(now: number): Promise<readonly string[]>
  insertAccount(account: Account): Promise<void>
  userByName(accountId: string, name: string): Promise<User | undefined>
  insertUser(user: User): Promise<void>
  policy(accountId: string, name: string): Promise<PolicyDocument | undefined>
  /** Adds a policy, or gives the one of this name another text. */
  putPolicy(accountId: string, policy: PolicyDocument, now: number): Promise<void>
  /** Adds an attachment that may be there already. */
  attachPolicy(user: Pick<User, 'id' | 'accountId'>, name: string): Promise<void>
  /** False when the policy was not attached. */
  detachPolicy(userId: string, name: string): Promise<boolean>
  setUserStatus(userId: string, status: Status): Promise<void>
  setAccountStatus(accountId: string, status: Status): Promise<void>
  setKeyPolicy(keyId: string, policy: string): Promise<void>
  setCredentialStatus(accessKeyId: string, status: Status): Promise<void>
  insertCredential(credential: NewCredential): Promise<void>
  /** Enabled access keys of a user, or of the account itself, temporary ones left out. */
  countCredentials(owner: { readonly accountId: string; readonly userId?: string }): Promise<number>
  setSetting(name: string, value: string): Promise<void>
  /** Writes a setting unless there is one; what it is then. */
  keepSetting(name: string, value: string): Promise<string>
  removeSetting(name: string): Promise<void>
}

/** Counts requests of subjects. */
export interface RateLimiter {
  /** 0 when the request is let in; otherwise the milliseconds until the subject may ask again. `rate` is per second. */
  take(subject: string, rate: number): Promise<number>
}

/** Holds back addresses whose signatures keep failing. */
export interface Brake {
  /**
   * Undefined while requests of the address are heard; otherwise the milliseconds until they are again, and whether
   * this is the first one refused.
   */
  held(address: string): Promise<{ readonly retryAfter: number; readonly first: boolean } | undefined>
  failed(address: string): Promise<void>
  /** Forgets the failures before. */
  succeeded(address: string): Promise<void>
}

/** Runs one thing at a time over everybody who shares the turns. Throws what the thing throws. */
export type Turns = <Result>(run: () => Promise<Result>) => Promise<Result>

/** How to encrypt under a caller's public key; SM2 is C1 ‖ C3 ‖ C2, raw (without the 0x04) or in ASN.1. */
export type PublicKeyAlgorithm =
  | 'SM2'
  | 'SM2_C1C3C2_ASN1'
  | 'RSAES_PKCS1_V1_5'
  | 'RSAES_OAEP_SHA_1'
  | 'RSAES_OAEP_SHA_256'

/** Encryption under callers' public keys (PEM). Throws `public-key-encryption-failed`. */
export interface PublicKeyCipher {
  encrypt(publicKey: string, algorithm: PublicKeyAlgorithm, plaintext: Buffer): Buffer
}

/** Milliseconds since the epoch; a port, so that tests can move time. */
export type Clock = () => number
