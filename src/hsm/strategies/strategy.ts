// What a wrap strategy is. One file per strategy, chosen by the name in the envelope.
import type { Handle, PKCS11 } from 'pkcs11js'
import type { Strategy } from '../../core/sealed.ts'

/** An open session on a loaded library. */
export interface SessionHandle {
  readonly library: PKCS11
  readonly session: Handle
}

/** Wraps payloads (a multiple of 8 bytes, 16 at least) under a key of the token, with authentication. */
export interface WrapStrategy {
  readonly name: Strategy
  wrap(at: SessionHandle, key: Handle, payload: Buffer): Buffer
  /** The payload; the caller wipes it. Throws the library's error when the bytes do not open. */
  unwrap(at: SessionHandle, key: Handle, wrapped: Buffer): Buffer
}
