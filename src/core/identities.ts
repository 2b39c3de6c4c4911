// Accounts, their users, policies and access keys, as the store keeps them. Times are milliseconds since the epoch.

/** Of accounts, users and access keys. What is disabled is refused as if it were not there. */
export type Status = 'Active' | 'Disabled'

export interface Account {
  readonly id: string
  readonly name: string
  readonly status: Status
  readonly createdAt: number
}

/** A policy of an account: JSON under a name. */
export interface PolicyDocument {
  readonly name: string
  readonly document: string
}

/** A policy with the names of the users who have it. */
export interface AttachedPolicy extends PolicyDocument {
  readonly users: readonly string[]
  readonly createdAt: number
  readonly updatedAt: number
}

/** A user (sub-account) of an account. */
export interface User {
  readonly id: string
  readonly accountId: string
  /** Unique in the account. */
  readonly name: string
  readonly status: Status
  /** What it may do, all of them together; nothing while there is none. */
  readonly policies: readonly PolicyDocument[]
  readonly createdAt: number
}

/** What makes an access key temporary: the SHA-256 of its token (hex), and its expiry (ms). */
export interface Temporary {
  readonly tokenDigest: string
  readonly expiresAt: number
}

/** An access key as stored: the secret is sealed by the token and unreadable without it. */
export interface StoredCredential {
  readonly accessKeyId: string
  readonly accountId: string
  /** The user it is of; absent for the account's own. */
  readonly userId?: string
  readonly sealedSecret: Buffer
  /** Present on a temporary one. */
  readonly temporary?: Temporary
  readonly status: Status
  /** It is enabled, and so are its user and its account. */
  readonly active: boolean
  readonly createdAt: number
  /** To the minute; null while it was never used. */
  readonly lastUsedAt: number | null
}

/** An access key that is being made. */
export type NewCredential = Omit<StoredCredential, 'status' | 'active' | 'lastUsedAt'>
