// Every wrap strategy: by the name in an envelope, and in the order in which a fresh token is tried.
import type { Strategy } from '../../core/sealed.ts'
import { aesGcm } from './aes-gcm.ts'
import { cbcPadHmac } from './cbc-pad-hmac.ts'
import { rfc3394 } from './rfc3394.ts'
import type { WrapStrategy } from './strategy.ts'

/** Wrapping under a key that can only wrap comes before encryption under one that can encrypt anything. */
export const preferred: readonly WrapStrategy[] = [rfc3394, cbcPadHmac, aesGcm]

export const strategies: Readonly<Record<Strategy, WrapStrategy>> = {
  rfc3394,
  'cbc-pad-hmac': cbcPadHmac,
  'aes-gcm': aesGcm,
}
