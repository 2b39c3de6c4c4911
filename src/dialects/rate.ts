// How often an account may ask for an action.
import { kmsError } from '../core/errors.ts'
import type { Caller } from '../core/services.ts'
import type { DialectParts } from './dialect.ts'

/**
 * Counts a request. `documented` is the cloud's rate (requests a second and account; null for none published), which
 * holds in the simulation profile; a configured rate prevails in any. Throws `rate-exceeded`.
 */
export async function countRequest(
  { limiter, settings }: Pick<DialectParts, 'limiter' | 'settings'>,
  dialect: string,
  { accountId }: Caller,
  action: string,
  documented: number | null,
): Promise<void> {
  const configured = Object.hasOwn(settings.rates, action) ? settings.rates[action] : undefined
  const rate = configured ?? (settings.profile === 'simulation' ? documented : null)
  if (rate === null) return
  const retryAfter = await limiter.take(`${dialect}/${accountId}/${action}`, rate)
  if (retryAfter > 0) throw kmsError('rate-exceeded', { rate, retryAfter })
}
