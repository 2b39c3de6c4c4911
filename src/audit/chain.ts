// The lines of the audit log: each carries the hash of the one before; heads are signed by the token.
import { createPublicKey, hash, type KeyObject, verify } from 'node:crypto'
import type { AuditRecord } from '../core/audit.ts'

/** Hash that the first line of a log carries in place of a previous one's. */
export const genesis = '0'.repeat(64)

/** A head: what was the newest line of a chain at some moment, with the token's signature over it. */
export interface Head {
  readonly chain: string
  /** Number of the line signed. */
  readonly seq: number
  /** SHA-256 of that line, hex. */
  readonly hash: string
}

/** What a line holds besides its place in the chain. */
export type Entry =
  | { readonly type: 'open'; readonly chain: string; readonly segment: number; readonly time: number }
  | ({ readonly type: 'call' } & AuditRecord)
  /** `of` is the number of the line that was signed. */
  | {
      readonly type: 'head' | 'close'
      readonly time: number
      readonly of: number
      readonly signature: string
    }
  | { readonly type: 'recovered'; readonly time: number; readonly dropped: number }

/** The newest line of a chain as the token remembers it: what is older than this cannot be taken away unnoticed. */
export type Anchor = Head

/** A line: its number from 1 in its chain, the hash of the line before, what it holds. */
export type Line = { readonly seq: number; readonly prev: string } & Entry

/** The text of a line, without its newline. */
export function formatLine(seq: number, prev: string, entry: Entry): string {
  return JSON.stringify({ seq, prev, ...entry })
}

/** SHA-256 of a line's text, hex. */
export function hashLine(text: string): string {
  return hash('sha256', text, 'hex')
}

/** What a head's signature is over. */
export function headBytes({ chain, seq, hash }: Head): Buffer {
  return Buffer.from(`p11kms/1 audit head\n${chain}\n${seq}\n${hash}`)
}

/** The public key (SPKI, DER) of the pair in the token. */
export function readPublicKey(spki: Buffer): KeyObject {
  return createPublicKey({ key: spki, format: 'der', type: 'spki' })
}

/** True when the token signed the head: ECDSA P-256 over SHA-256, r ‖ s in base64. */
export function isSigned(head: Head, signature: string, key: KeyObject): boolean {
  const bytes = Buffer.from(signature, 'base64')
  return verify('sha256', headBytes(head), { key, dsaEncoding: 'ieee-p1363' }, bytes)
}
