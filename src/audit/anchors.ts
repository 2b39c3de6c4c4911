// Outside anchors: each signed head is also sent where the log's owner does not reach, to a file and to a webhook.
import type { KeyObject } from 'node:crypto'
import { open } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'
import { type Anchor, type Head, isSigned } from './chain.ts'

/** A head as it is sent, one JSON object. `time` is unix milliseconds, `signature` ECDSA P-256, r ‖ s in base64. */
export interface SignedHead extends Head {
  readonly time: number
  readonly signature: string
}

export interface AnchorOptions {
  /** Heads are appended to it, one a line. */
  readonly file?: string
  /** Heads are posted to it as JSON; any 2xx is a receipt. */
  readonly webhook?: string
  /** Milliseconds a webhook has for its answer. */
  readonly timeout?: number
  /** Milliseconds before a first retry; doubled until the last. */
  readonly backOff?: { readonly first: number; readonly last: number }
  readonly onEvent: (event: string, facts: Readonly<Record<string, unknown>>) => void
}

/** Where heads go outside. */
export interface OutsideAnchors {
  /** The first place that has not got the newest head, and why; undefined when all have. */
  readonly warning: string | undefined
  /** Sends a head to every place, and returns at once. One that is still to be sent is replaced: the newest says all. */
  send(head: SignedHead): void
  /** Tries once more what has not been sent, and ends. */
  close(): Promise<void>
}

const usualBackOff = { first: 1000, last: 60_000 }
const usualTimeout = 5000

/** Opens nothing: places that cannot be reached are tried until they can. */
export function createOutsideAnchors(options: AnchorOptions): OutsideAnchors {
  const { file, webhook, timeout = usualTimeout } = options
  const places = [
    ...(file === undefined ? [] : [new Place('audit.anchor.file', (text) => append(file, text), options)]),
    ...(webhook === undefined
      ? []
      : [new Place('audit.anchor.webhook', (text) => post(webhook, text, timeout), options)]),
  ]
  return {
    get warning() {
      return places.find(({ problem }) => problem !== undefined)?.problem
    },
    send(head) {
      for (const place of places) place.send(JSON.stringify(head))
    },
    async close() {
      await Promise.all(places.map((place) => place.close()))
    },
  }
}

/** One place, which gets one head at a time. */
class Place {
  problem: string | undefined
  readonly #option: string
  readonly #deliver: (text: string) => Promise<void>
  readonly #options: AnchorOptions
  readonly #closing = new AbortController()
  #pending: string | undefined
  #running: Promise<void> | undefined

  constructor(option: string, deliver: (text: string) => Promise<void>, options: AnchorOptions) {
    this.#option = option
    this.#deliver = deliver
    this.#options = options
  }

  send(text: string): void {
    this.#pending = text
    this.#running ??= this.#run()
  }

  async close(): Promise<void> {
    this.#closing.abort()
    await this.#running
  }

  async #run(): Promise<void> {
    const { first, last } = this.#options.backOff ?? usualBackOff
    let wait = first
    for (let text = this.#pending; text !== undefined; text = this.#pending) {
      const final = this.#closing.signal.aborted
      if (await this.#attempt(text)) {
        if (this.#pending === text) this.#pending = undefined
        wait = first
      } else if (final) break
      else {
        await delay(wait, undefined, { signal: this.#closing.signal, ref: false }).catch(() => undefined)
        wait = Math.min(wait * 2, last)
      }
    }
    this.#running = undefined
  }

  // Said when it begins and when it is over, not at every attempt.
  async #attempt(text: string): Promise<boolean> {
    const { onEvent } = this.#options
    try {
      await this.#deliver(text)
      if (this.problem !== undefined)
        onEvent('heads of the audit log are anchored outside again', this.#facts())
      this.problem = undefined
      return true
    } catch (error) {
      const known = this.problem !== undefined
      this.problem = `${this.#option}: ${reasonOf(error)}`
      if (!known) onEvent('a head of the audit log could not be anchored outside', this.#facts())
      return false
    }
  }

  #facts() {
    return this.problem === undefined ? {} : { problem: this.problem }
  }
}

async function append(file: string, text: string): Promise<void> {
  const handle = await open(file, 'a', 0o600)
  try {
    await handle.appendFile(`${text}\n`)
    await handle.datasync()
  } finally {
    await handle.close()
  }
}

async function post(url: string, text: string, timeout: number): Promise<void> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: text,
    redirect: 'error',
    signal: AbortSignal.timeout(timeout),
  })
  await response.body?.cancel()
  if (!response.ok) throw new Error(`answered ${response.status}`)
}

// A code where there is one: messages of files and of connections name paths and hosts.
function reasonOf(error: unknown): string {
  const { code, cause, name, message } = error as Error & { code?: unknown; cause?: { code?: unknown } }
  if (name === 'TimeoutError') return 'no answer in time'
  if (typeof code === 'string') return code
  if (typeof cause?.code === 'string') return cause.code
  return cause === undefined ? message : 'cannot be reached'
}

/** What an anchor file says, in whoever's hands it was kept. */
export class AnchorFileError extends Error {
  override readonly name = 'AnchorFileError'
}

/**
 * The heads in the text of an anchor file, one JSON object a line; a last line without its end is left out. Signatures
 * that are there are held against the key, when it is known. Throws AnchorFileError naming the first wrong line.
 */
export function readAnchors(text: string, publicKey?: KeyObject): readonly Anchor[] {
  const lines = text.split('\n')
  // What a crash cut off was not kept; a file of one line may have no end.
  if (lines.length > 1) lines.pop()
  return lines.map((line, index) => {
    const head = parseHead(line)
    if (head === undefined) throw new AnchorFileError(`line ${index + 1} is no head of an audit log`)
    const { signature, ...anchor } = head
    if (signature !== undefined && publicKey !== undefined && !isSigned(anchor, signature, publicKey))
      throw new AnchorFileError(`line ${index + 1} is not signed by the token`)
    return anchor
  })
}

function parseHead(line: string): (Anchor & { readonly signature?: string }) | undefined {
  try {
    const { chain, seq, hash, signature } = JSON.parse(line) as Partial<SignedHead>
    if (typeof chain !== 'string' || typeof seq !== 'number' || typeof hash !== 'string') return undefined
    if (signature === undefined) return { chain, seq, hash }
    return typeof signature === 'string' ? { chain, seq, hash, signature } : undefined
  } catch {
    return undefined
  }
}
