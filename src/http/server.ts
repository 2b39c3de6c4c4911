// The HTTP face: bytes in, a plain request object to a dialect, bytes out. Fastify ends here.
import { randomUUID } from 'node:crypto'
import type { Socket } from 'node:net'
import { type FastifyInstance, type FastifyReply, type FastifyRequest, fastify } from 'fastify'
import type { AuditTrail } from '../core/audit.ts'
import type { LastUses } from '../core/last-uses.ts'
import { type Dialect, serve, type WireReply, type WireRequest } from '../dialects/dialect.ts'
import type { Readiness } from './health.ts'

/**
 * Bodies up to this many bytes are read, so that whoever is over a dialect's limit (Tencent TC3: 10 MB) gets its
 * answer on a connection that lives on; larger ones are answered unread, and their connection is closed.
 */
const bodyLimit = 16 * 1024 * 1024
const headerLimit = 64 * 1024
const requestTimeout = 30_000
const keepAlive = 72_000

/** What the server tells its owner about each request; never a body, a query or a signature. */
export interface RequestReport {
  readonly requestId: string
  readonly dialect: string
  readonly status: number
  readonly milliseconds: number
  readonly cause?: unknown
}

export interface ServerParts {
  /** Asked in order; the last one answers what nobody claims. */
  readonly dialects: readonly Dialect[]
  readonly readiness: () => Promise<Readiness>
  readonly onRequest: (report: RequestReport) => void
  readonly audit: AuditTrail
  readonly uses: Pick<LastUses, 'note'>
  /** PEM; plain HTTP without. With `clientCa` clients must show a certificate of it. */
  readonly tls?: { readonly cert: string; readonly key: string; readonly clientCa?: string }
}

/** Builds the server; `listen` opens the port, `close` lets requests in flight finish. */
export function createServer(parts: ServerParts): FastifyInstance {
  const app = fastify({
    bodyLimit,
    requestTimeout,
    keepAliveTimeout: keepAlive,
    // Whoever still holds an idle connection at the end must not hold up the end.
    forceCloseConnections: 'idle',
    return503OnClosing: false,
    exposeHeadRoutes: false,
    ...transport(parts.tls),
    clientErrorHandler: refuseBrokenHttp,
    frameworkErrors: (_error, request, reply) => void answer(parts, request, reply, false),
  })
  app.removeAllContentTypeParsers()
  // What a content type means is the dialect's to say; Fastify would refuse malformed ones in its own words.
  app.addHook('onRequest', async (request) => {
    request.headers['content-type'] = 'application/octet-stream'
  })
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body))
  app.get('/healthz', async () => ({ status: 'ok' }))
  app.get('/readyz', async (_request, reply) => {
    const readiness = await parts.readiness()
    return reply.code(readiness.ready ? 200 : 503).send(readiness)
  })
  app.all('/', (request, reply) => answer(parts, request, reply, false))
  app.setNotFoundHandler((request, reply) => answer(parts, request, reply, false))
  app.setErrorHandler((error: { code?: string }, request, reply) =>
    answer(parts, request, reply, error.code === 'FST_ERR_CTP_BODY_TOO_LARGE', error),
  )
  return app
}

function transport(tls: ServerParts['tls']) {
  const limits = { maxHeaderSize: headerLimit, requireHostHeader: false }
  if (tls === undefined) return { http: limits }
  const { cert, key, clientCa } = tls
  const mutual = clientCa === undefined ? {} : { ca: clientCa, requestCert: true, rejectUnauthorized: true }
  return { https: { ...limits, cert, key, minVersion: 'TLSv1.2' as const, ...mutual } }
}

async function answer(
  parts: ServerParts,
  request: FastifyRequest,
  reply: FastifyReply,
  oversized: boolean,
  error?: unknown,
): Promise<FastifyReply> {
  const started = performance.now()
  const wire = toWire(request, oversized)
  const claimed = parts.dialects.find((candidate) => candidate.claims(wire))
  if (claimed === undefined && wire.path !== '/') return reply.code(404).send({ status: 'not found' })
  const dialect = claimed ?? parts.dialects.at(-1)
  if (dialect === undefined) throw new Error('a server needs a dialect')
  const answered =
    error === undefined || oversized
      ? await serve(dialect, wire, parts)
      : dialect.failure(wire, undefined, error)
  const milliseconds = Math.round((performance.now() - started) * 1000) / 1000
  const { status, cause } = answered
  parts.onRequest({ requestId: wire.requestId, dialect: dialect.name, status, milliseconds, cause })
  return send(reply, answered)
}

function send(reply: FastifyReply, { status, headers, body }: WireReply): FastifyReply {
  // Bytes, because Fastify would add a charset to the content type of a text.
  return reply.code(status).headers(headers).send(Buffer.from(body))
}

function toWire(request: FastifyRequest, oversized: boolean): WireRequest {
  const url = request.raw.url ?? '/'
  const mark = url.indexOf('?')
  return {
    method: request.method,
    path: mark < 0 ? url : url.slice(0, mark),
    rawQuery: mark < 0 ? '' : url.slice(mark + 1),
    headers: flatten(request.raw),
    body: Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0),
    oversized,
    requestId: randomUUID(),
    sourceAddress: request.raw.socket.remoteAddress ?? '',
    secure: 'encrypted' in request.raw.socket,
  }
}

function flatten({ headers, rawHeaders }: FastifyRequest['raw']): Record<string, string | undefined> {
  const flat: Record<string, string | undefined> = {}
  for (const [name, value] of Object.entries(headers))
    flat[name] = Array.isArray(value) ? value.join(', ') : value
  // As it came: the hook above has put another in its place.
  const index = rawHeaders.findIndex((text, place) => place % 2 === 0 && /^content-type$/i.test(text))
  flat['content-type'] = index < 0 ? undefined : rawHeaders[index + 1]
  return flat
}

// Bytes that are not HTTP belong to no dialect; a JSON body is what every client can show.
function refuseBrokenHttp(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) return
  const status =
    error.code === 'HPE_HEADER_OVERFLOW' ? '431 Request Header Fields Too Large' : '400 Bad Request'
  const requestId = randomUUID()
  const body = JSON.stringify({
    RequestId: requestId,
    Code: 'InvalidRequest',
    Message: 'The request is not well-formed HTTP.',
  })
  const head = `HTTP/1.1 ${status}\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}`
  socket.end(`${head}\r\nconnection: close\r\n\r\n${body}`)
}
