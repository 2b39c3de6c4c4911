// The audit log of one process: lines in segments, appended and flushed in groups, heads signed at intervals.
import {
  constants,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
} from 'node:fs'
import { type FileHandle, open, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import type { AuditRecord, AuditTrail } from '../core/audit.ts'
import { kmsError } from '../core/errors.ts'
import { type Anchor, type Entry, formatLine, genesis, type Head, hashLine } from './chain.ts'

/** What is written is on the disk when the write returns (O_DSYNC): a flush without a call of its own. */
const appending = constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | constants.O_DSYNC

/** Signs heads and keeps the newest one where the log's owner cannot reach it: in the token. */
export interface Notary {
  /** ECDSA P-256 signature of a head, r ‖ s in base64. */
  sign(head: Head): Promise<string>
  /** Keeps the newest line as the anchor. */
  anchor(newest: Anchor): Promise<void>
}

export interface TrailOptions {
  readonly folder: string
  readonly chain: string
  /** Bytes after which a segment is followed by the next. */
  readonly segmentSize: number
  readonly clock: () => number
  readonly notary: Notary
  readonly onEvent: (event: string, facts: Readonly<Record<string, unknown>>) => void
}

interface Waiting {
  readonly entry: Entry
  resolve(): void
  reject(error: Error): void
}

/** A trail that can sign what it has, and be closed. */
export interface OpenTrail extends AuditTrail {
  /** Why records cannot be kept; undefined while they can. */
  readonly problem: string | undefined
  /** Signs the newest line, if there is one since the last head. Failures are told to `onEvent`. */
  signHead(): Promise<void>
  close(): Promise<void>
  /** Closes the file without another line. */
  release(): Promise<void>
}

/** Opens the log, continuing its chain. Throws when the folder cannot be read or made. */
export async function openTrail(options: TrailOptions): Promise<OpenTrail> {
  mkdirSync(options.folder, { recursive: true, mode: 0o700 })
  const trail = new Trail(options)
  try {
    await trail.start()
    return trail
  } catch (error) {
    await trail.release()
    throw error
  }
}

class Trail implements OpenTrail {
  readonly #options: TrailOptions
  #seq = 0
  #hash = genesis
  #segment = 0
  #size = 0
  #signed = 0
  #file: FileHandle | undefined
  #waiting: Waiting[] = []
  #writing: Promise<void> | undefined
  #signing: Promise<void> | undefined
  #problem: string | undefined

  constructor(options: TrailOptions) {
    this.#options = options
  }

  get problem(): string | undefined {
    return this.#problem
  }

  /** Finds the end of the chain; what a crash left of a line that was never acknowledged is cut off, and said. */
  async start(): Promise<void> {
    const { folder, chain, clock } = this.#options
    const segments = [...listSegments(folder, chain)]
    let dropped = 0
    // A crash between the making of a segment and its first line.
    for (
      let name = segments.at(-1);
      name !== undefined && isEmpty(join(folder, name));
      name = segments.at(-1)
    ) {
      rmSync(join(folder, name))
      segments.pop()
    }
    for (const name of segments.slice(-1)) {
      const file = join(folder, name)
      const bytes = readFileSync(file)
      const end = bytes.lastIndexOf(0x0a) + 1
      dropped = bytes.length - end
      if (dropped > 0) truncateSync(file, end)
      this.#segment = segmentNumber(name)
      this.#size = end
      const last = bytes.subarray(0, end).toString().trimEnd().split('\n').at(-1) ?? ''
      if (last !== '') {
        this.#seq = (JSON.parse(last) as { seq: number }).seq
        this.#hash = hashLine(last)
      }
    }
    this.#signed = 0
    if (this.#segment === 0) await this.#nextSegment()
    else await this.#openFile()
    if (dropped > 0) await this.#add({ type: 'recovered', time: clock(), dropped })
  }

  requireWritable(): void {
    if (this.#problem === undefined) return
    // Asked for again, so that all resumes when there is room.
    void this.#retry()
    throw kmsError('internal', { detail: `the audit log cannot be written: ${this.#problem}` })
  }

  append(record: AuditRecord): Promise<void> {
    return this.#add({ type: 'call', ...record })
  }

  async signHead(): Promise<void> {
    if (this.#seq <= this.#signed || this.#problem !== undefined) return
    this.#signing ??= this.#sign('head').finally(() => {
      this.#signing = undefined
    })
    await this.#signing
  }

  async close(): Promise<void> {
    // A head that the token is still at would open the file again.
    await this.#signing
    await this.#drain()
    if (this.#problem === undefined && this.#seq > this.#signed) await this.#sign('close')
    await this.release()
  }

  async release(): Promise<void> {
    await this.#file?.close()
    this.#file = undefined
  }

  async #sign(type: 'head' | 'close'): Promise<void> {
    const { chain, clock, notary, onEvent } = this.#options
    try {
      await this.#drain()
      const head = { chain, seq: this.#seq, hash: this.#hash }
      const signature = await notary.sign(head)
      // Lines may have come while the token signed: the head names the line it is about by its place in the chain.
      await this.#add({ type, time: clock(), of: head.seq, signature })
      await this.#drain()
      const newest = { chain, seq: this.#seq, hash: this.#hash }
      await notary.anchor(newest)
      this.#signed = newest.seq
    } catch (error) {
      onEvent('the audit log could not be signed', {
        error: error instanceof Error ? error.message : String(error),
      })
    }
  }

  #add(entry: Entry): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ entry, resolve, reject })
      this.#writing ??= this.#write()
    })
  }

  async #drain(): Promise<void> {
    while (this.#writing !== undefined) await this.#writing
  }

  // One group at a time: whatever came in the same turn, or while the last one was flushed, goes together.
  async #write(): Promise<void> {
    await setImmediate()
    while (this.#waiting.length > 0) {
      const group = this.#waiting.splice(0)
      try {
        if (this.#size >= this.#options.segmentSize) await this.#nextSegment()
        await this.#flush(group.map(({ entry }) => entry))
        this.#problem = undefined
        for (const { resolve } of group) resolve()
      } catch (error) {
        // /readyz shows it to everybody: a code where there is one, for messages name files.
        this.#problem = (error as { code?: string }).code ?? String(error)
        this.#options.onEvent('the audit log cannot be written', { error: this.#problem })
        const failure = kmsError('internal', { detail: `the audit log cannot be written: ${this.#problem}` })
        for (const { reject } of group) reject(failure)
      }
    }
    // In the same turn as the look at the queue: whoever comes next must find nobody writing.
    this.#writing = undefined
  }

  async #flush(entries: readonly Entry[]): Promise<void> {
    let [seq, hash] = [this.#seq, this.#hash]
    let text = ''
    for (const entry of entries) {
      const line = formatLine(++seq, hash, entry)
      hash = hashLine(line)
      text += `${line}\n`
    }
    const file = await this.#openFile()
    const bytes = Buffer.from(text)
    try {
      await file.appendFile(bytes)
    } catch (error) {
      // Half a group must not stay: nobody was told of it, and the next one begins where the last whole one ended.
      await file.truncate(this.#size).catch(() => undefined)
      throw error
    }
    ;[this.#seq, this.#hash] = [seq, hash]
    this.#size += bytes.length
  }

  async #nextSegment(): Promise<void> {
    const { folder, chain, clock } = this.#options
    const before = { segment: this.#segment, size: this.#size }
    await this.release()
    const number = this.#segment + 1
    const path = join(folder, segmentName(chain, number))
    this.#file = await open(path, appending | constants.O_EXCL, 0o600)
    this.#segment = number
    this.#size = 0
    try {
      await this.#flush([{ type: 'open', chain, segment: number, time: clock() }])
    } catch (error) {
      // Without its first line it is no segment: the next attempt makes it anew.
      await this.release()
      await rm(path, { force: true })
      ;({ segment: this.#segment, size: this.#size } = before)
      throw error
    }
  }

  async #openFile(): Promise<FileHandle> {
    const path = join(this.#options.folder, segmentName(this.#options.chain, this.#segment))
    this.#file ??= await open(path, appending, 0o600)
    return this.#file
  }

  async #retry(): Promise<void> {
    if (this.#writing !== undefined) return
    await this.#add({ type: 'recovered', time: this.#options.clock(), dropped: 0 }).catch(() => undefined)
  }
}

/** Files of a chain's segments, in order. */
export function listSegments(folder: string, chain?: string): readonly string[] {
  if (!existsSync(folder)) return []
  return readdirSync(folder)
    .filter(
      (name) => /^[\w-]+\.\d{6}\.jsonl$/.test(name) && (chain === undefined || name.startsWith(`${chain}.`)),
    )
    .sort()
}

// A first line is far shorter than this.
function isEmpty(file: string): boolean {
  return statSync(file).size < 1024 && !readFileSync(file).includes(0x0a)
}

/** The chain of a segment's file. */
export function chainOf(file: string): string {
  return file.split('.')[0] ?? ''
}

function segmentName(chain: string, number: number): string {
  return `${chain}.${String(number).padStart(6, '0')}.jsonl`
}

/** The number of a segment's file in its chain, from 1. */
export function segmentNumber(file: string): number {
  return Number(file.split('.').at(-2))
}
