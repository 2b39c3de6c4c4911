// The address of a node of several workers: accepts connections and gives each to the worker that has the fewest, or has had.
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { createShares, type Shares } from '../app.ts'
import type { Config } from '../config.ts'
import type { Arrival } from './arrival.ts'
import type { Worker } from './worker.ts'

/** Connections that wait while no worker serves; more are refused. */
const waitingLimit = 1024

/**
 * The supervisor accepts, not Node's cluster: there a connection on its way to a worker that is killed hangs, when the
 * primary accepts (so it was at each of 26 kills under load), or one worker takes most of them, when workers do.
 */
export class Listener {
  readonly #serving: () => Worker[]
  readonly #server: Server
  readonly #shares: Shares
  #waiting: Arrival[] = []

  /** `serving` are the workers that take connections now. */
  constructor({ listen: { connections, connectionsPerAddress } }: Config, serving: () => Worker[]) {
    this.#serving = serving
    this.#shares = createShares(connections, connectionsPerAddress)
    this.#server = createServer({ pauseOnConnect: true, noDelay: true }, (socket) => this.#accept(socket))
  }

  /** Where it listens, as a URL. Throws EADDRINUSE and the like. */
  async listen({ listen: { host, port }, tls }: Config): Promise<string> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject)
      this.#server.listen({ host, port }, resolve)
    })
    const { address, family, port: bound } = this.#server.address() as AddressInfo
    const near = address === '0.0.0.0' ? '127.0.0.1' : address === '::' ? '::1' : address
    return `${tls === undefined ? 'http' : 'https'}://${family === 'IPv6' && near.includes(':') ? `[${near}]` : near}:${bound}`
  }

  /** Gives a connection to a worker; while there is none it waits for one. */
  give(arrival: Arrival): void {
    const [worker] = this.#serving().sort((a, b) => a.connections - b.connections || a.given - b.given)
    if (worker !== undefined) worker.give(arrival)
    else if (this.#server.listening && this.#waiting.length < waitingLimit) this.#waiting.push(arrival)
    else refuse(arrival)
  }

  /** A worker has come: those that wait are served. */
  resume(): void {
    for (const arrival of this.#waiting.splice(0)) this.give(arrival)
  }

  /** Accepts no more. */
  close(): void {
    this.#server.close()
    for (const arrival of this.#waiting.splice(0)) refuse(arrival)
  }

  #accept(socket: Socket): void {
    const giveBack = this.#shares.take(socket.remoteAddress ?? '')
    // A client that leaves while it is nobody's is of no interest.
    socket.on('error', () => socket.destroy())
    if (giveBack === undefined) socket.destroy()
    else this.give({ socket, giveBack })
  }
}

function refuse({ socket, giveBack }: Arrival): void {
  socket.destroy()
  giveBack()
}
