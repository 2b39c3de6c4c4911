// Who calls, and what they ask for.

/** The account and the access key that signed the request. */
export interface Identity {
  readonly accountId: string
  readonly accessKeyId: string
  /** The user (sub-account) the access key is of; absent for the account's own, which may do everything. */
  readonly userId?: string
}

/** An identity asking for an action, in the clouds' form `kms:GenerateDataKey`. */
export interface Caller extends Identity {
  readonly action: string
}
