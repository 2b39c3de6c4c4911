// What a member is told, what it says of itself, and how its operations fail.
import type { Turns } from '../core/ports.ts'
import type { Card } from './card.ts'
import type { TokenProcessOptions } from './token-client.ts'
import type {
  ExpectedKeys,
  KeyComparison,
  OpenFailure,
  TokenDescription,
  TokenFailure,
} from './token-protocol.ts'

/** Limits of a member. Times in milliseconds, memory in bytes. */
export interface MemberLimits {
  /** A process that owes an answer for longer is killed and replaced. Long before, work goes to another member. */
  readonly callTimeout: number
  /** Work that has waited longer in all is given up. */
  readonly requestTimeout: number
  /** Operations that may wait or run at one time; more are refused at once. */
  readonly queue: number
  /** A process is replaced after so many operations … */
  readonly recycleOperations: number
  /** … or when its memory has grown by so much since it became ready. */
  readonly recycleMemory: number
}

/** Hears how long an operation waited and how long it then took, in milliseconds. */
export type OnServed = (waited: number, took: number) => void

export interface MemberOptions {
  readonly name: string
  readonly processes: number
  readonly limits: MemberLimits
  readonly token: TokenProcessOptions
  /** True once the PIN was refused, in whatever process or run; asked before each login. */
  readonly isLatched: () => Promise<boolean>
  /** The keys that should be on the token; each process is held against them before it serves. */
  readonly expected: () => Promise<ExpectedKeys>
  /** True when another member of the cluster can take this one's work. */
  readonly elsewhere: () => boolean
  /** Hears once that the PIN was refused, before anything else can log in. */
  readonly onLatch: () => Promise<void>
  /** Runs starts one after the other: simultaneous logins can make a token fail. */
  readonly takeTurn: Turns
  readonly onServed?: OnServed
  /** Hears what operators should know; never a secret. The level is `info` when absent. */
  readonly onEvent: (
    event: string,
    facts: Readonly<Record<string, unknown>>,
    level?: 'info' | 'warn' | 'error',
  ) => void
}

/**
 * `starting`: no process serves yet, work waits. `down`: several starts have failed; work is refused at once while
 * starts go on. `latched`: the PIN was refused, nobody logs in again until an operator has acted.
 */
export type MemberState = 'starting' | 'ready' | 'down' | 'latched' | 'closed'

export interface MemberStatus {
  readonly name: string
  readonly state: MemberState
  readonly reason?: OpenFailure
  readonly detail?: string
  readonly processes: readonly number[]
  /** Operations that wait or run. */
  readonly load: number
  readonly token?: TokenDescription
  /** What its token was seen to do. */
  readonly card?: Card
  /** How its keys differed from those that should be there, when its last process started. */
  readonly comparison?: KeyComparison
}

/** A token operation failed for good; `retryable` says whether another member may be asked. */
export class MemberError extends Error {
  override readonly name = 'MemberError'
  readonly failure: TokenFailure | 'timeout'

  constructor(failure: TokenFailure | 'timeout', detail: string) {
    super(detail)
    this.failure = failure
  }
}

/** Tells operators how a token's keys differ from those that should be there. */
export function reportComparison(
  onEvent: MemberOptions['onEvent'],
  { absent, wrong, strange }: KeyComparison,
): void {
  if (wrong.length > 0) onEvent('keys with another check value, not used', { keys: wrong }, 'error')
  if (absent.length > 0) onEvent('keys that are not on the token', { keys: absent }, 'error')
  if (strange.length > 0)
    onEvent('keys on the token that nobody knows, left alone', { keys: strange }, 'warn')
}
