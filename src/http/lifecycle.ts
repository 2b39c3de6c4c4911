// How a server begins and ends: connections that somebody else accepts, new certificates, the end without a lost reply.
import { Server, type Socket } from 'node:net'
import { setTimeout } from 'node:timers/promises'
import { Server as TlsServer } from 'node:tls'
import type { FastifyInstance } from 'fastify'
import { secure, type TlsOptions } from './transport.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** Every answer ends its connection. */
    leaving: boolean
    connections: Set<Socket>
  }
}

/** Lets `drain` know of what is open. */
export function prepareDeparture(app: FastifyInstance): void {
  app.decorate('leaving', false)
  app.decorate('connections', new Set<Socket>())
  app.server.on('connection', (socket) => {
    app.connections.add(socket)
    socket.once('close', () => app.connections.delete(socket))
  })
  // Fastify says so of requests that come later only; one in flight would hold the end up until its client goes.
  app.addHook('onSend', (_request, reply, _payload, done) => {
    if (app.leaving) reply.header('connection', 'close')
    done()
  })
}

/** Serves connections that somebody else accepts: what `listen` does, without the address. */
export async function serveGiven(app: FastifyInstance): Promise<void> {
  await app.ready()
  // Node's deadlines for requests begin to be kept with this event.
  app.server.emit('listening')
}

/** Serves a connection that somebody else accepted. */
export function accept(app: FastifyInstance, socket: Socket): void {
  // As Node's own servers have it: over plain HTTP a client may end its half and still be answered.
  socket.allowHalfOpen = !(app.server instanceof TlsServer)
  app.server.emit('connection', socket)
}

/** Shows connections from now on another certificate; those that are open keep theirs. Throws what TLS says of it. */
export function renewCertificate(app: FastifyInstance, tls: TlsOptions): void {
  if (app.server instanceof TlsServer) app.server.setSecureContext(secure(tls))
}

/** Milliseconds a connection without a request has for another, whose answer then says that it is the last. */
const farewell = 250

/**
 * Ends the service: nobody new is heard, each answer from now on ends its connection, and requests in flight finish.
 * Connections without a request are closed a moment later: a request that crosses the end of its connection is lost,
 * and busy clients are spared that.
 */
export async function drain(app: FastifyInstance): Promise<void> {
  app.leaving = true
  // HTTP's own close would cut idle connections at once.
  Server.prototype.close.call(app.server)
  if (app.connections.size > 0) await setTimeout(farewell)
  await app.close()
  // Fastify waits for those that it accepted.
  await Promise.all(
    [...app.connections].map((socket) => new Promise((resolve) => socket.once('close', resolve))),
  )
}
