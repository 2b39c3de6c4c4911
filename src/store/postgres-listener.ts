// The connection on which a node hears of everybody's commits, and that says it lives.
import { setTimeout as sleep } from 'node:timers/promises'
import pg, { type Client, type ClientConfig, type QueryResult, type QueryResultRow } from 'pg'
import type { OnStoreEvent } from './database.ts'
import { reasonOf, sessionOptions } from './postgres-connection.ts'

/** What a writer notifies. */
export const channel = 'p11kms'

/** Held by every node while it serves; exclusively by one that starts and finds nobody. */
const nodesLock = 0x70_31_31_03
const heartbeat = 200
/**
 * Milliseconds since the last answered heartbeat was sent for which the connection is believed to bring every commit.
 * Measured when it is asked for, not by a timer: a process that was halted must not believe it.
 */
const lease = 900
const queryTimeout = 2_000
const firstDelay = 100
const longestDelay = 5_000

export interface Listener {
  /** Changes when somebody has committed; undefined while that may not be heard. */
  version(): number | undefined
  close(): Promise<void>
}

/**
 * Begins to listen; `alone` runs, before others can join, when no other node lives. A connection that is lost is made
 * again for as long as it takes. Throws when the first one cannot be made.
 */
export async function listen(
  config: ClientConfig,
  alone: () => Promise<void>,
  onEvent: OnStoreEvent,
): Promise<Listener> {
  const listener = new PostgresListener(config, onEvent)
  await listener.start(alone)
  return listener
}

class PostgresListener implements Listener {
  readonly #config: ClientConfig
  readonly #onEvent: OnStoreEvent
  readonly #ending = new AbortController()
  #client: Client | undefined
  #running: Promise<void> | undefined
  #version = 0
  /** When the newest heartbeat that was answered had been sent. */
  #confirmed = Number.NEGATIVE_INFINITY
  #lost: Error | undefined

  constructor(config: ClientConfig, onEvent: OnStoreEvent) {
    this.#config = { ...config, options: sessionOptions(config, {}), query_timeout: queryTimeout }
    this.#onEvent = onEvent
  }

  version(): number | undefined {
    return performance.now() - this.#confirmed < lease ? this.#version : undefined
  }

  async start(alone: () => Promise<void>): Promise<void> {
    try {
      await this.#connect()
      const { rows } = await this.#query<{ taken: boolean }>(
        `select pg_try_advisory_lock(${nodesLock}) as taken`,
      )
      const taken = rows[0]?.taken === true
      if (taken) await alone()
      // Whoever starts meanwhile waits here.
      await this.#query(`select pg_advisory_lock_shared(${nodesLock})`)
      if (taken) await this.#query(`select pg_advisory_unlock(${nodesLock})`)
      await this.#beat()
    } catch (error) {
      this.#drop()
      throw error
    }
    this.#running = this.#run()
  }

  async close(): Promise<void> {
    this.#ending.abort()
    this.#drop()
    await this.#running
  }

  async #run(): Promise<void> {
    const { signal } = this.#ending
    while (!signal.aborted) {
      await pause(heartbeat, signal)
      await this.#beat().catch((error: unknown) => this.#reconnect(this.#lost ?? error))
    }
  }

  async #beat(): Promise<void> {
    const sent = performance.now()
    await this.#query('select 1')
    this.#confirmed = sent
  }

  async #reconnect(reason: unknown): Promise<void> {
    const { signal } = this.#ending
    if (signal.aborted) return
    const facts = { error: reasonOf(reason) }
    this.#onEvent('the database does not answer; nothing is served from memory', facts, 'warn')
    for (let delay = firstDelay; !signal.aborted; delay = Math.min(2 * delay, longestDelay)) {
      this.#drop()
      await pause(delay, signal)
      try {
        await this.#connect()
        await this.#query(`select pg_advisory_lock_shared(${nodesLock})`)
        // Commits of the meantime were not heard.
        this.#version++
        this.#onEvent('the database is back', {}, 'info')
        return
      } catch {
        // Tried again, later each time.
      }
    }
  }

  async #connect(): Promise<void> {
    const client = new pg.Client(this.#config)
    this.#client = client
    this.#lost = undefined
    // The next heartbeat sees it.
    client.on('error', (error) => {
      this.#lost = error
    })
    client.on('notification', () => {
      this.#version++
    })
    await client.connect()
    await client.query(`listen ${channel}`)
  }

  async #query<Row extends QueryResultRow>(text: string): Promise<QueryResult<Row>> {
    if (this.#client === undefined) throw new Error('the listener is closed')
    return this.#client.query<Row>(text)
  }

  // Not asked to end in order: the other side may be gone without a word.
  #drop(): void {
    const client = this.#client
    this.#client = undefined
    void client?.end().catch(() => undefined)
    client?.connection.stream.destroy()
  }
}

function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return sleep(milliseconds, undefined, { signal }).catch(() => undefined)
}
