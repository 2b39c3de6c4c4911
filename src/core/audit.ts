// What is recorded of each call, and the face of the log it goes to.
import { createHash } from 'node:crypto'
import type { AuditNotes, Caller } from './caller.ts'
import type { EncryptionContext } from './sealed.ts'

/** One call, allowed or not. Never a secret, a plaintext, or a value of a context. */
export interface AuditRecord extends AuditNotes {
  /** Milliseconds since the epoch. */
  readonly time: number
  readonly requestId: string
  readonly dialect: string
  readonly sourceAddress: string
  /** The vendor's name; empty when the request could not be read that far. */
  readonly action: string
  readonly accountId: string
  /** As claimed, whether or not the caller proved to be its owner: the account and the user are known only then. */
  readonly accessKeyId: string
  readonly userId: string
  /** `OK`, or the dialect's error code. */
  readonly outcome: string
  /** Milliseconds. */
  readonly duration: number
}

/** The log. A record is kept, on disk, before the answer it is about leaves. */
export interface AuditTrail {
  /** Throws KmsError `internal` while records cannot be kept: nothing may run then. */
  requireWritable(): void
  /** Resolves when the record is on disk. Throws KmsError `internal`. */
  append(record: AuditRecord): Promise<void>
}

/** Notes what an operation found out. */
export function note({ notes }: Pick<Caller, 'notes'>, facts: AuditNotes): void {
  if (notes !== undefined) Object.assign(notes, facts)
}

/** A context as it may be recorded: names, and the first 16 hex digits of each value's SHA-256. */
export function digestContext(context: EncryptionContext): Readonly<Record<string, string>> {
  const digest = (value: string) => createHash('sha256').update(value).digest('hex').slice(0, 16)
  return Object.fromEntries(Object.entries(context).map(([name, value]) => [name, digest(value)]))
}
