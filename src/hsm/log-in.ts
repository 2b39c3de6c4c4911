// One start of a member's process: the latch first, then the token, and the latch again when the PIN is refused.
import type { MemberOptions } from './member.ts'
import { startTokenClient, type TokenClient, type TokenClientEvents, TokenOpenError } from './token-client.ts'

/**
 * Starts a process that logs in with a PIN, when its turn has come: another process, of whatever worker, may have been
 * refused meanwhile. Throws TokenOpenError.
 */
export async function logIn(
  { token, isLatched, onLatch, expected }: MemberOptions,
  pin: string,
  events: TokenClientEvents,
): Promise<TokenClient> {
  if (await isLatched())
    throw new TokenOpenError('pin-refused', 'the PIN was refused earlier; nobody has logged in since')
  return startTokenClient({ ...token, pin }, await expected(), events).catch(async (error: unknown) => {
    // Kept before the turn is over, so that nothing after this, in any process or worker, tries the PIN again.
    if (error instanceof TokenOpenError && error.reason === 'pin-refused') await onLatch()
    throw error
  })
}
