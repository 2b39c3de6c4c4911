// What a wrap strategy is. One file per strategy, chosen by the token's card to seal and by the envelope's name to open.
import type { Handle, PKCS11, Template } from 'pkcs11js'
import type { Strategy } from '../../core/sealed.ts'

/** An open session on a loaded library. */
export interface SessionHandle {
  readonly library: PKCS11
  readonly session: Handle
}

/** The objects of one key version. `mac` is there only under strategies that need a second key. */
export interface KeyHandles {
  readonly key: Handle
  readonly mac?: Handle
}

/** Wraps payloads (a multiple of 8 bytes, 16 at least) under a key of the token, with authentication. */
export interface WrapStrategy {
  readonly name: Strategy
  /** Mechanisms the token must list. */
  readonly mechanisms: readonly number[]
  /** What a CMK under this strategy is for, and so can do nothing else. */
  readonly use: 'wrap' | 'encrypt'
  /** A second key object signs the wrapped bytes. */
  readonly mac: boolean
  wrap(at: SessionHandle, keys: KeyHandles, payload: Buffer): Buffer
  /**
   * The payload; the caller wipes it. `template` is how this token wants unwrapped secrets described. Throws the
   * library's error, or BadBlob, when the bytes do not open.
   */
  unwrap(at: SessionHandle, keys: KeyHandles, wrapped: Buffer, template: Template): Buffer
  /** A few bytes that tell one key from another and nothing about it. */
  checkValue(at: SessionHandle, keys: KeyHandles): Buffer
}

/** Bytes that a strategy refuses without the token's saying so. */
export class BadBlob extends Error {
  override readonly name = 'BadBlob'
}
