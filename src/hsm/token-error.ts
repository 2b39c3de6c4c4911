// How an operation of a token process fails, in the protocol's words.
import type { TokenFailure } from './token-protocol.ts'

/** A failed operation. `detail` is for the log. */
export class TokenError extends Error {
  override readonly name = 'TokenError'
  readonly failure: TokenFailure

  constructor(failure: TokenFailure, detail: string) {
    super(detail)
    this.failure = failure
  }
}
