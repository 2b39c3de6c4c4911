// Large bodies: buffered before anybody is known, so only so many are at once.
import { Transform } from 'node:stream'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { kmsError } from '../core/errors.ts'
import { createShares } from './shares.ts'

/** What every request may send without asking, in bytes; no action needs more. */
const freeLength = 64 * 1024
const atOnce = 32
const atOncePerAddress = 16

/** Adds the hooks that answer `throttled` to large bodies beyond the limits. */
export function limitBodies(app: FastifyInstance): void {
  const shares = createShares(atOnce, atOncePerAddress)
  const take = (request: FastifyRequest, reply: FastifyReply) => {
    const giveBack = shares.take(request.raw.socket.remoteAddress ?? '')
    if (giveBack === undefined) {
      reply.header('connection', 'close')
      throw kmsError('throttled', {})
    }
    reply.raw.once('close', giveBack)
  }
  app.addHook('onRequest', async (request, reply) => {
    if (Number(request.headers['content-length'] ?? 0) > freeLength) take(request, reply)
  })
  app.addHook('preParsing', (request, reply, payload, done) => {
    // A body without a stated length is large when it has become so.
    if (request.headers['transfer-encoding'] === undefined) return done(null, payload)
    const meter = createMeter(() => take(request, reply))
    // Not by a pipeline: it would end the connection with the body, before the answer.
    payload.once('error', (error) => meter.destroy(error))
    done(null, payload.pipe(meter))
  })
}

function createMeter(onLarge: () => void): Transform {
  let length = 0
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      const before = length
      length += chunk.length
      try {
        if (before <= freeLength && length > freeLength) onLarge()
        done(null, chunk)
      } catch (error) {
        done(error as Error)
      }
    },
  })
}
