// Verification of an audit log from its segments, the token's public key and the anchor; nothing else is needed.
import type { KeyObject } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Anchor, genesis, hashLine, isSigned, type Line } from './chain.ts'
import { chainOf, listSegments, segmentNumber } from './trail.ts'

/** The first place that is not as it was written. */
export interface Wrong {
  readonly file: string
  /** From 1; 0 for the file as a whole. */
  readonly line: number
  readonly problem: string
}

export interface Verification {
  readonly ok: boolean
  /** Lines about calls. */
  readonly records: number
  readonly wrong?: Wrong
}

export interface VerifyOptions {
  readonly folder: string
  /** Without it heads are not checked. */
  readonly publicKey?: KeyObject
  /** What the token remembers of each chain; without it a cut or rolled back end passes. */
  readonly anchors?: readonly Anchor[]
  /** Heads that were kept outside: any number of a chain. */
  readonly outside?: readonly Anchor[]
  /** Hears of each segment that was read. */
  readonly onSegment?: (file: string) => void
}

/** Reads the whole log, in order. Throws what reading throws. */
export function verifyLog(options: VerifyOptions): Verification {
  const files = listSegments(options.folder)
  const chains = new Set([...files.map(chainOf), ...witnessesOf(options).map(({ chain }) => chain)])
  let records = 0
  for (const chain of chains) {
    const walk = new Walk(chain, options)
    for (const file of files.filter((name) => chainOf(name) === chain)) {
      const wrong = walk.segment(file)
      if (wrong !== undefined) return { ok: false, records: records + walk.records, wrong }
      options.onSegment?.(file)
    }
    records += walk.records
    const wrong = walk.end()
    if (wrong !== undefined) return { ok: false, records, wrong }
  }
  return { ok: true, records }
}

/** An anchor, and who has it. */
interface Witness extends Anchor {
  readonly who: string
}

function witnessesOf({ anchors = [], outside = [] }: VerifyOptions): readonly Witness[] {
  return [
    ...anchors.map((anchor) => ({ ...anchor, who: 'the token' })),
    ...outside.map((anchor) => ({ ...anchor, who: 'the anchor file' })),
  ]
}

/** One chain from its first line to its last. */
class Walk {
  readonly #chain: string
  readonly #options: VerifyOptions
  readonly #witnesses: ReadonlyMap<number, readonly Witness[]>
  records = 0
  #seq = 0
  #hash = genesis
  #segment = 0
  #place = { file: '', line: 0 }
  /** Hashes of lines that a head may still be about. */
  readonly #recent = new Map<number, string>()

  constructor(chain: string, options: VerifyOptions) {
    this.#chain = chain
    this.#options = options
    const witnesses = witnessesOf(options).filter((witness) => witness.chain === chain)
    this.#witnesses = Map.groupBy(witnesses, ({ seq }) => seq)
    this.#place.file = `${chain}.000001.jsonl`
  }

  segment(file: string): Wrong | undefined {
    const text = readFileSync(join(this.#options.folder, file), 'utf8')
    const lines = text.split('\n')
    // A line that a crash cut short was never acknowledged; it can only be the very last one, which `end` is told by
    // the anchor, and any line after it would not fit.
    lines.pop()
    this.#segment++
    for (const [index, line] of lines.entries()) {
      const problem = this.#line(line, index === 0, file)
      if (problem !== undefined)
        return this.#blame(problem, { file, line: index + 1 }, line, lines[index + 1])
      this.#place = { file, line: index + 1 }
    }
    if (lines.length === 0) return { file, line: 0, problem: 'the segment is empty' }
    return undefined
  }

  end(): Wrong | undefined {
    const newest = [...this.#witnesses.values()].flat().sort((a, b) => b.seq - a.seq)[0]
    if (newest === undefined || newest.seq <= this.#seq) return undefined
    return { ...this.#place, problem: `the log ends at ${this.#seq}; ${newest.who} has seen ${newest.seq}` }
  }

  #line(text: string, first: boolean, file: string): string | undefined {
    let line: Line
    try {
      line = JSON.parse(text) as Line
    } catch {
      return 'not a line of the log'
    }
    if (line === null || typeof line !== 'object') return 'not a line of the log'
    if (line.prev !== this.#hash) return 'does not follow the line before'
    if (line.seq !== this.#seq + 1) return `has number ${line.seq} instead of ${this.#seq + 1}`
    if (first !== (line.type === 'open'))
      return first ? 'the segment does not begin as one' : 'a beginning in the middle'
    if (
      line.type === 'open' &&
      (line.chain !== this.#chain || line.segment !== this.#segment || line.segment !== segmentNumber(file))
    )
      return `is segment ${line.segment} of ${line.chain}`
    const problem = line.type === 'head' || line.type === 'close' ? this.#head(line) : undefined
    if (problem !== undefined) return problem
    this.#seq = line.seq
    this.#hash = hashLine(text)
    if (this.#options.publicKey !== undefined) this.#recent.set(this.#seq, this.#hash)
    if (line.type === 'call') this.records++
    const contradicted = this.#witnesses.get(this.#seq)?.find(({ hash }) => hash !== this.#hash)
    return contradicted === undefined ? undefined : `is not the line that ${contradicted.who} has seen`
  }

  // What was read may be anything: a changed byte in a name leaves the value out.
  #head({ of, signature }: { readonly of: number; readonly signature: unknown }): string | undefined {
    const { publicKey } = this.#options
    if (publicKey === undefined) return undefined
    if (typeof signature !== 'string') return 'carries no signature'
    const hash = this.#recent.get(of)
    if (hash === undefined) return `signs line ${of}, which is not before it`
    if (!isSigned({ chain: this.#chain, seq: of, hash }, signature, publicKey))
      return 'its signature is not the token’s'
    for (const seq of this.#recent.keys()) if (seq < of) this.#recent.delete(seq)
    return undefined
  }

  // When a line does not follow the one before, either may have been changed: the line after next tells which.
  #blame(problem: string, at: { file: string; line: number }, text: string, next: string | undefined): Wrong {
    const untouched = next !== undefined && previousOf(next) === hashLine(text)
    if (problem === 'does not follow the line before' && untouched && this.#place.line > 0) {
      return { ...this.#place, problem: 'is not as it was written' }
    }
    return { ...at, problem }
  }
}

function previousOf(text: string): string | undefined {
  try {
    return (JSON.parse(text) as Line).prev
  } catch {
    return undefined
  }
}
