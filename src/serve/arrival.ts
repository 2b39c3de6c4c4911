// A connection that has come to a node and is to be given to a worker.
import type { Socket } from 'node:net'

export interface Arrival {
  readonly socket: Socket
  /** Gives back its share of those that may be open at once. */
  readonly giveBack: () => void
}
