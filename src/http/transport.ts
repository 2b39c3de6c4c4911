// Limits of the listener against slow, large and many: what Node is told, and what it has no option for.
import type { Server, Socket } from 'node:net'
import { createShares } from './shares.ts'

/** Times in seconds. */
export interface TransportLimits {
  /** From the first byte of a request, or the connection, to the end of its headers. */
  readonly headersTimeout: number
  /** To the end of its body. */
  readonly requestTimeout: number
  /** Without a request. */
  readonly idleTimeout: number
  readonly connections: number
  readonly connectionsPerAddress: number
}

/** PEM. With `clientCa` clients must show a certificate of it. */
export interface TlsOptions {
  readonly cert: string
  readonly key: string
  readonly clientCa?: string
}

/**
 * Bodies up to this many bytes are read, so that whoever is over a dialect's limit (Tencent TC3: 10 MB) gets its
 * answer on a connection that lives on; larger ones are answered unread, and their connection is closed.
 */
export const bodyLimit = 16 * 1024 * 1024
const headerLimit = 64 * 1024
/** How often Node looks for requests that are overdue, in ms. */
const checkInterval = 1000
/** A connection on which nothing moves, whatever it waits for, is closed this long after it could be idle, in ms. */
const silence = 30_000

/** Fastify's options for these limits. */
export function transportOptions(limits: TransportLimits, tls: TlsOptions | undefined) {
  const milliseconds = (seconds: number) => seconds * 1000
  const headersTimeout = milliseconds(Math.min(limits.headersTimeout, limits.requestTimeout))
  const own = {
    maxHeaderSize: headerLimit,
    requireHostHeader: false,
    headersTimeout,
    connectionsCheckingInterval: checkInterval,
  }
  return {
    bodyLimit,
    requestTimeout: milliseconds(limits.requestTimeout),
    keepAliveTimeout: milliseconds(limits.idleTimeout),
    connectionTimeout: milliseconds(limits.idleTimeout) + silence,
    ...(tls === undefined
      ? { http: own }
      : { https: { ...own, ...secure(tls), handshakeTimeout: headersTimeout } }),
  }
}

/** Options of TLS. */
export function secure({ cert, key, clientCa }: TlsOptions) {
  const mutual = clientCa === undefined ? {} : { ca: clientCa, requestCert: true, rejectUnauthorized: true }
  return { cert, key, minVersion: 'TLSv1.2' as const, ...mutual }
}

/** Closes connections beyond the limits as they come, so that one address cannot take them all. */
export function limitConnections(server: Server, limits: TransportLimits): void {
  const shares = createShares(limits.connections, limits.connectionsPerAddress)
  server.on('connection', (socket: Socket) => {
    const giveBack = shares.take(socket.remoteAddress ?? '')
    if (giveBack === undefined) socket.destroy()
    else socket.once('close', giveBack)
  })
}

/** Closes connections on which no TLS comes about. */
export function dropBrokenHandshakes(server: Server): void {
  // Node leaves it to whoever listens for broken requests, and no answer can be written without a handshake.
  server.on('tlsClientError', (_error: Error, socket: Socket) => void socket.destroy())
}
