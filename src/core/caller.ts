// Who calls, and what they ask for.

/** The account and the access key that signed the request. */
export interface Identity {
  readonly accountId: string
  readonly accessKeyId: string
  /** The user (sub-account) the access key is of; absent for the account's own, which may do everything. */
  readonly userId?: string
}

/** What an operation found out on its way; whoever serves the request puts it into the record. */
export interface AuditNotes {
  keyId?: string
  keyVersionId?: string
  clusterId?: string
  dataKeyId?: string
  /** Names of the encryption context with a digest of each value. */
  context?: Readonly<Record<string, string>>
}

/** An identity asking for an action, in the clouds' form `kms:GenerateDataKey`. */
export interface Caller extends Identity {
  readonly action: string
  /** Where the request came from, and whether by TLS. */
  readonly sourceAddress?: string
  readonly secure?: boolean
  /** The encryption context it brings. */
  readonly context?: Readonly<Record<string, string>>
  /** Where operations note what the audit record of the call should say. */
  readonly notes?: AuditNotes
}
