// What the HTTP process and a token process say to each other.
import type { Strategy } from '../core/sealed.ts'
import type { AttackOutcomes } from './attacks.ts'
import type { Card } from './card.ts'

/** Key versions that should be on the token, with their check values; null while a version is being made. */
export type ExpectedKeys = readonly (readonly [keyVersionId: string, checkValue: string | null])[]

/** First message to a token process. The PIN travels here, never in argv or the environment. */
export interface OpenMessage {
  readonly type: 'open'
  readonly module: string
  readonly initArgs: string
  /** Token label, or `serial:` and a serial number. */
  readonly token: string
  readonly pin: string
  readonly checkBlobs: boolean
  readonly expected: ExpectedKeys
}

/** Operations of a token process, each with its arguments and its answer. Key ids are key versions' UUIDs. */
export interface TokenOperations {
  generate: {
    args: [keyVersionId: string, length: number, binding: Buffer]
    answer: { bytes: Buffer; wrapped: Buffer; strategy: Strategy }
  }
  wrap: {
    args: [keyVersionId: string, bytes: Buffer, binding: Buffer]
    answer: { wrapped: Buffer; strategy: Strategy }
  }
  unwrap: {
    args: [keyVersionId: string, strategy: Strategy, wrapped: Buffer, binding: Buffer]
    answer: Buffer
  }
  random: { args: [length: number]; answer: Buffer }
  createKey: { args: [keyVersionId: string, label: string]; answer: { checkValue: string } }
  /** The check value of a key; null when the token does not have it. */
  findKey: { args: [keyVersionId: string]; answer: { checkValue: string } | null }
  destroyKey: { args: [keyVersionId: string]; answer: null }
  prove: { args: []; answer: null }
  /** The public key (SPKI) of a pair that signs the audit log, made when there is none. */
  auditKey: { args: []; answer: Buffer }
  /** ECDSA over SHA-256 by the pair of this public key, r ‖ s. */
  signAudit: { args: [publicKey: Buffer, bytes: Buffer]; answer: Buffer }
  /** What the token remembers of every chain of the audit log. */
  readAnchors: { args: []; answer: Buffer[] }
  writeAnchor: { args: [chain: string, bytes: Buffer]; answer: null }
  /** Attempts on a key of nobody's, for qualification. */
  attack: { args: [keyVersionId: string]; answer: AttackOutcomes }
}

export type TokenOperation = keyof TokenOperations

export type TokenRequest = {
  [Name in TokenOperation]: readonly [id: number, name: Name, ...args: TokenOperations[Name]['args']]
}[TokenOperation]

const keyless: readonly TokenOperation[] = [
  'random',
  'createKey',
  'prove',
  'auditKey',
  'signAudit',
  'readAnchors',
  'writeAnchor',
]

/** The key version that must be there for an operation; undefined when none must. */
export function keyVersionOf(name: TokenOperation, [first]: readonly unknown[]): string | undefined {
  return keyless.includes(name) ? undefined : String(first)
}

export interface BatchMessage {
  readonly type: 'batch'
  readonly requests: readonly TokenRequest[]
}

/** Asks the process to log out, finalise and exit. */
export interface CloseMessage {
  readonly type: 'close'
}

export type ToTokenProcess = OpenMessage | BatchMessage | CloseMessage

/**
 * Why an operation failed. `ciphertext-invalid`: the canary is well, so the caller's bytes are not.
 * `key-absent`: no object with this CKA_ID. `refused`: the token is well but does not do it.
 * `token-lost`: the token or the library is unwell; the process exits and the work may be repeated elsewhere.
 */
export type TokenFailure = 'ciphertext-invalid' | 'key-absent' | 'refused' | 'token-lost'

export type TokenAnswer =
  | readonly [id: number, ok: true, answer: unknown]
  | readonly [id: number, ok: false, failure: TokenFailure, detail: string]

export interface AnswersMessage {
  readonly type: 'answers'
  readonly answers: readonly TokenAnswer[]
  /** Resident memory of the process in bytes. */
  readonly memory: number
}

/** What a token process says of its token once it is ready to serve. */
export interface ReadyMessage {
  readonly type: 'ready'
  readonly token: TokenDescription
  readonly card: Card
  /** Secret-key objects found on the token. */
  readonly keys: number
  readonly comparison: KeyComparison
  readonly memory: number
}

/** How the keys on a token differ from the keys that should be there: key versions' UUIDs. */
export interface KeyComparison {
  readonly absent: readonly string[]
  /** There, but with another check value: another key. */
  readonly wrong: readonly string[]
  /** CMK objects of nobody we know. They are left alone. */
  readonly strange: readonly string[]
}

export interface TokenDescription {
  readonly label: string
  readonly manufacturer: string
  readonly model: string
  readonly serial: string
  readonly library: string
}

/** Why a token process cannot serve. The first four are the configuration's fault and repeating is no use. */
export type OpenFailure =
  | 'module-unusable'
  | 'token-not-found'
  | 'token-ambiguous'
  | 'pin-refused'
  | 'token-unwell'

export interface OpenFailedMessage {
  readonly type: 'open-failed'
  readonly reason: OpenFailure
  readonly detail: string
}

export type FromTokenProcess = AnswersMessage | ReadyMessage | OpenFailedMessage
