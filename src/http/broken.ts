// Requests that break off: bytes that are not HTTP, and headers or bodies that do not come in time.
import { randomUUID } from 'node:crypto'
import type { Socket } from 'node:net'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { WireError } from '../dialects/dialect.ts'
import { securityHeaders } from './headers.ts'

interface Exchange {
  readonly request: FastifyRequest
  readonly reply: FastifyReply
}

/** Node's errors that have a status of their own. */
const statuses: Readonly<Record<string, readonly [status: number, reason: string]>> = {
  HPE_HEADER_OVERFLOW: [431, 'Request Header Fields Too Large'],
  HPE_CHUNK_EXTENSIONS_OVERFLOW: [413, 'Payload Too Large'],
  ERR_HTTP_REQUEST_TIMEOUT: [408, 'Request Timeout'],
}

/** How long a client has for reading the answer, in ms. */
const lingering = 1000

/**
 * What to do with a socket whose bytes are of no use any more. `answer` answers a request of which only the headers
 * came, in its dialect.
 */
export function createBreaker(answer: (exchange: Exchange, error: WireError) => unknown) {
  const newest = new WeakMap<Socket, Exchange>()
  const broken = new WeakSet<Socket>()

  const fail = (error: Error & { code?: string }, socket: Socket) => {
    // What follows on a broken socket breaks too; one answer is enough.
    if (error.code === 'ECONNRESET' || !socket.writable || broken.has(socket)) return
    broken.add(socket)
    const [status, reason] = statuses[error.code ?? ''] ?? [400, 'Bad Request']
    const exchange = newest.get(socket)
    if (exchange === undefined || exchange.reply.raw.writableFinished) end(socket, status, reason)
    else if (exchange.request.raw.complete)
      // Whoever asked before gets the answer first.
      exchange.reply.raw.once('finish', () => end(socket, status, reason))
    else answer(exchange, new WireError('InvalidRequest', wordsFor(status), status))
  }
  return {
    /** Hears of every request when its headers are there. */
    began: (request: FastifyRequest, reply: FastifyReply) =>
      void newest.set(request.raw.socket, { request, reply }),
    fail,
  }
}

function wordsFor(status: number): string {
  return status === 408 ? 'The request did not arrive in time.' : 'The request is not well-formed HTTP.'
}

// These belong to no dialect; a JSON body is what every client can show.
function end(socket: Socket, status: number, reason: string): void {
  if (!socket.writable) return
  const body = JSON.stringify({ RequestId: randomUUID(), Code: 'InvalidRequest', Message: wordsFor(status) })
  const headers = {
    'content-type': 'application/json',
    'content-length': String(Buffer.byteLength(body)),
    connection: 'close',
    ...securityHeaders,
  }
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
  socket.end(`HTTP/1.1 ${status} ${reason}\r\n${lines.join('')}\r\n${body}`)
  // A client that does not close its half must not keep the connection.
  setTimeout(() => socket.destroy(), lingering).unref()
}
