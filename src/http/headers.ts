// Headers for browsers, on every reply that is not an answer of one of the clouds' APIs.
import type { FastifyReply } from 'fastify'

/** Nothing is guessed, kept, framed, or loaded from elsewhere. */
export const securityHeaders: Readonly<Record<string, string>> = {
  'cache-control': 'no-store',
  'content-security-policy':
    "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
}

/** Sets those that a route has not set itself: a page that needs more from its policy says so. */
export function secureReply(reply: FastifyReply): void {
  for (const [name, value] of Object.entries(securityHeaders))
    if (!reply.hasHeader(name)) reply.header(name, value)
}
