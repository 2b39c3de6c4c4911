// Connections to PostgreSQL: what the URL says, a pool that outlives its server, errors in core's words.
import type { PostgresPool, PostgresPoolClient } from 'kysely'
import pg, { type ClientConfig } from 'pg'
import { parseIntoClientConfig } from 'pg-connection-string'
import { KmsError, kmsError } from '../core/errors.ts'

const connectTimeout = 5_000
const idleTimeout = 60_000
/** OID of int8, which pg leaves as a text; counts and milliseconds are well below 2^53. */
const int8 = 20
/** What ends the session of a process whose machine has gone, and with it its locks. Seconds. */
const keepalives = { tcp_keepalives_idle: 10, tcp_keepalives_interval: 5, tcp_keepalives_count: 3 }

/**
 * SQLSTATE classes that say that the server or the moment is at fault, not the statement: connection (08), login (28),
 * no such database (3D), transaction state as on a standby (25), conflict (40), resources (53), limits (54), object not
 * ready, lock timeout (55), operator intervention, statement timeout (57), system (58).
 */
const passing = /^(08|28|3D|25|40|53|54|55|57|58)/

/** A client's configuration. A password given beside the URL is the one that counts. Throws when it is no URL. */
export function readUrl(url: string, password: string | undefined): ClientConfig {
  let config: ClientConfig
  try {
    config = parseIntoClientConfig(url)
  } catch (error) {
    // What the parser says may hold the text, and with it the password; it reads the certificates, too.
    const { code, path } = error as { code?: string; path?: string }
    if (path !== undefined) throw new Error(`names ${path}, which cannot be read (${code})`)
    throw new Error('is not a PostgreSQL URL (postgres://user@host:port/database)')
  }
  return {
    ...config,
    ...(password === undefined ? {} : { password }),
    application_name: 'p11kms',
    connectionTimeoutMillis: connectTimeout,
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
    types: {
      getTypeParser: (oid: number, format?: 'text' | 'binary') =>
        oid === int8 ? Number : pg.types.getTypeParser(oid, format as 'text'),
    } as ClientConfig['types'],
  }
}

/** The server's settings for a session, as its start-up options. */
export function sessionOptions(
  { options }: ClientConfig,
  settings: Readonly<Record<string, number>>,
): string {
  const own = Object.entries({ ...keepalives, ...settings }).map(([name, value]) => `-c ${name}=${value}`)
  return [...own, ...(options === undefined ? [] : [options])].join(' ')
}

/** Where the server is, for people; never the user's password. */
export function locationOf({ host, port, database }: ClientConfig): string {
  return `${database ?? ''} on ${host ?? 'localhost'}${port === undefined ? '' : `:${port}`}`
}

/** What went wrong, in few words and without an address. */
export function reasonOf(error: unknown): string {
  if (error instanceof KmsError && error.cause !== undefined) return reasonOf(error.cause)
  if (error instanceof AggregateError && error.errors.length > 0) return reasonOf(error.errors[0])
  if (error instanceof pg.DatabaseError) return error.message
  const { code, message } = error as { code?: string; message?: string }
  return code ?? message ?? String(error)
}

/** A pool for Kysely. A connection that has failed is not used again. */
export function createPool(config: ClientConfig, size: number): PostgresPool {
  const pool = new pg.Pool({ ...config, max: size, idleTimeoutMillis: idleTimeout })
  // Idle connections end with their server; a new one is made when it is needed.
  pool.on('error', () => undefined)
  // One in use says it by its query, too.
  pool.on('connect', (client) => void client.on('error', () => undefined))
  return {
    options: pool.options,
    async connect() {
      const client = await pool.connect().catch(raise)
      let failed = false
      const query = async (text: string, parameters: readonly unknown[]) => {
        try {
          return await client.query(text, [...parameters])
        } catch (error) {
          failed ||= isPassing(error)
          return raise(error)
        }
      }
      const release = (destroy?: boolean) => client.release(destroy === true || failed)
      return { query, release } as unknown as PostgresPoolClient
    },
    end: () => pool.end(),
  }
}

function isPassing(error: unknown): boolean {
  return !(error instanceof pg.DatabaseError) || passing.test(error.code ?? '')
}

function raise(error: unknown): never {
  if (!isPassing(error)) throw error
  throw kmsError('unavailable', { detail: `store: ${reasonOf(error)}` }, { cause: error })
}
