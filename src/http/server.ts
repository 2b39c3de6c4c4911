// The HTTP face: bytes in, a plain request object to a dialect, bytes out. Fastify ends here.
import { randomUUID } from 'node:crypto'
import type { OutgoingHttpHeaders } from 'node:http'
import { type FastifyInstance, type FastifyReply, type FastifyRequest, fastify } from 'fastify'
import type { AuditTrail } from '../core/audit.ts'
import type { LastUses } from '../core/last-uses.ts'
import type { Brake } from '../core/ports.ts'
import { type Dialect, serve, type WireReply, type WireRequest } from '../dialects/dialect.ts'
import { limitBodies } from './bodies.ts'
import { createBreaker } from './broken.ts'
import { secureReply } from './headers.ts'
import type { Readiness } from './health.ts'
import { prepareDeparture } from './lifecycle.ts'
import type { MetricsText } from './metrics.ts'
import {
  dropBrokenHandshakes,
  limitConnections,
  type TlsOptions,
  type TransportLimits,
  transportOptions,
} from './transport.ts'

const anyBytes = 'application/octet-stream'
const noBytes = Buffer.alloc(0)

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
  readonly brake: Brake | undefined
  readonly limits: TransportLimits
  /** False when somebody else accepts connections, and counts them. */
  readonly listens: boolean
  /** Answers `GET /metrics` here; without it nothing does. */
  readonly metrics?: () => Promise<MetricsText>
  /** Plain HTTP without. */
  readonly tls?: TlsOptions
}

/** Builds the server; `listen` opens the port, `drain` ends it. */
export function createServer(parts: ServerParts): FastifyInstance {
  const breaker = createBreaker(({ request, reply }, error) =>
    answer(parts, request, reply.header('connection', 'close'), false, error),
  )
  const app = fastify({
    ...transportOptions(parts.limits, parts.tls),
    // Whoever still holds an idle connection at the end must not hold up the end.
    forceCloseConnections: 'idle',
    return503OnClosing: false,
    exposeHeadRoutes: false,
    clientErrorHandler: breaker.fail,
    frameworkErrors: (_error, request, reply) => void answer(parts, request, reply, false),
  })
  if (parts.listens) limitConnections(app.server, parts.limits)
  dropBrokenHandshakes(app.server)
  app.removeAllContentTypeParsers()
  // What a content type means is the dialect's to say; Fastify would refuse malformed ones in its own words.
  app.addHook('onRequest', (request, reply, done) => {
    breaker.began(request, reply)
    request.headers['content-type'] = anyBytes
    done()
  })
  limitBodies(app)
  // Replies in a dialect's form, which are the clouds' to define, do not come by here.
  app.addHook('onSend', (_request, reply, _payload, done) => {
    secureReply(reply)
    done()
  })
  app.addContentTypeParser(anyBytes, { parseAs: 'buffer' }, (_request, body, done) => done(null, body))
  prepareDeparture(app)
  app.get('/healthz', async () => ({ status: 'ok' }))
  app.get('/readyz', async (_request, reply) => {
    const readiness = await parts.readiness()
    return reply.code(readiness.ready ? 200 : 503).send(readiness)
  })
  const { metrics } = parts
  if (metrics !== undefined) {
    app.get('/metrics', async (_request, reply) => {
      const { type, text } = await metrics()
      return reply.type(type).send(text)
    })
  }
  app.all('/', (request, reply) => answer(parts, request, reply, false))
  app.setNotFoundHandler((request, reply) => answer(parts, request, reply, false))
  app.setErrorHandler(async (error: { code?: string }, request, reply) => {
    try {
      return await answer(parts, request, reply, error.code === 'FST_ERR_CTP_BODY_TOO_LARGE', error)
    } catch {
      // A defect: Fastify would show its message to the client.
      return reply.code(500).send({ status: 'failed' })
    }
  })
  return app
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

// Past Fastify, which would add a charset to the content type of a text, and send bytes apart from their head.
function send(reply: FastifyReply, { status, headers, body }: WireReply): FastifyReply {
  // A connection that broke may have been answered already.
  if (reply.sent) return reply
  // Fastify's own headers may say that the connection closes.
  reply.headers({ ...headers, 'content-length': Buffer.byteLength(body) })
  if (reply.server.leaving) reply.header('connection', 'close')
  reply
    .hijack()
    .raw.writeHead(status, reply.getHeaders() as OutgoingHttpHeaders)
    .end(body)
  return reply
}

function toWire(request: FastifyRequest, oversized: boolean): WireRequest {
  const url = request.raw.url ?? '/'
  const mark = url.indexOf('?')
  return {
    method: request.method,
    path: mark < 0 ? url : url.slice(0, mark),
    rawQuery: mark < 0 ? '' : url.slice(mark + 1),
    headers: flatten(request.raw),
    body: Buffer.isBuffer(request.body) ? request.body : noBytes,
    oversized,
    requestId: randomUUID(),
    sourceAddress: request.raw.socket.remoteAddress ?? '',
    secure: 'encrypted' in request.raw.socket,
  }
}

function flatten({ headers, rawHeaders }: FastifyRequest['raw']): Record<string, string | undefined> {
  const flat: Record<string, string | undefined> = {}
  for (const name of Object.keys(headers)) {
    const value = headers[name]
    flat[name] = Array.isArray(value) ? value.join(', ') : value
  }
  // As it came: the hook above has put another in its place.
  flat['content-type'] = rawHeader(rawHeaders, 'content-type')
  return flat
}

// The first of that name; names and values take turns.
function rawHeader(rawHeaders: readonly string[], name: string): string | undefined {
  for (let place = 0; place < rawHeaders.length; place += 2) {
    if (rawHeaders[place]?.toLowerCase() === name) return rawHeaders[place + 1]
  }
  return undefined
}
