// One fault under load: what clients saw of it, and when it was over. docs/faults.md and the tests are made with this.
import { renameSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Field, type FieldOptions, makeField, readyPids, untilWhole } from './fault-field.ts'
import { harmed, type Load, type Outcome, startLoad, type Work } from './load.ts'
import type { Scope } from './server.ts'

/** Rules that are in force for a while, one set after the other. */
export interface Stroke {
  readonly rules: readonly string[]
  /** Milliseconds until the next stroke, or the lifting. */
  readonly lasts: number
}

export interface Fault extends FieldOptions {
  readonly name: string
  readonly strokes: readonly Stroke[]
  /** Resolves when the fault has shown, where that may take longer. */
  readonly until?: (field: Field) => Promise<void>
  /** What an operator has to do besides. */
  readonly lift?: (field: Field) => Promise<void>
}

/** What the clients of one action saw. Times in milliseconds. */
export interface Seen {
  readonly work: Work
  readonly requests: number
  readonly errors: number
  readonly codes: readonly string[]
  readonly longest: number
  /** From the lifting of the fault to the first success after the last error; undefined without an error. */
  readonly again: number | undefined
}

export interface DrillResult {
  readonly seen: readonly Seen[]
  /** What is not as before the fault, long after it was lifted. */
  readonly broken: string | undefined
  /** What the server had to say. */
  readonly output: readonly string[]
}

const warmUp = 300
const settling = 300

/** Brings a fault about under load, lifts it, and waits until all is well without a restart of the service. */
export async function drill(field: Field, fault: Fault): Promise<DrillResult> {
  const load = startLoad(field.home.credentials(), field.plan)
  await sleep(warmUp)
  // A fault that was there from the start has been seen from the first request on.
  const injected = fault.atStart === undefined ? performance.now() : 0
  for (const { rules, lasts } of fault.strokes) {
    field.faults.set(rules)
    await sleep(lasts)
  }
  await fault.until?.(field)
  field.faults.clear()
  await fault.lift?.(field)
  return recover(field, load, injected)
}

/** One member of two is killed, hung and removed in turn, then the other one, until the time is over. */
export async function memberDrill(t: Scope, seconds: number): Promise<DrillResult & { harms: number }> {
  const field = await makeField(t, 'members')
  const load = startLoad(field.home.credentials(), field.plan)
  await sleep(warmUp)
  const injected = performance.now()
  let [harms, broken]: [number, string | undefined] = [0, undefined]
  while (
    (performance.now() - injected < seconds * 1000 || harms < memberHarms.length) &&
    broken === undefined
  ) {
    // Each member is killed, hung and removed before the other one's turn.
    const harm = memberHarms[harms % memberHarms.length]
    await harm?.(field, Math.floor(harms / memberHarms.length) % 2)
    harms++
    broken = await untilWhole(field)
  }
  const result = await recover(field, load, injected)
  return { ...result, broken: broken ?? result.broken, harms }
}

type MemberHarm = (field: Field, member: number) => Promise<void>

const memberHarms: readonly MemberHarm[] = [
  async (field, member) => {
    signal(field, member, 'SIGKILL')
    await sleep(300)
  },
  async (field, member) => {
    const pid = signal(field, member, 'SIGSTOP')
    while (field.server.tokenPids().includes(pid)) await sleep(20)
  },
  async ({ directories }, member) => {
    const directory = directories[member] ?? ''
    renameSync(directory, `${directory}-away`)
    await sleep(1000)
    renameSync(`${directory}-away`, directory)
  },
]

function signal({ server }: Field, member: number, name: NodeJS.Signals): number {
  const [pid = 0] = readyPids(server, `a${member + 1}`)
  if (pid === 0) throw new Error(`a${member + 1} has no process`)
  process.kill(pid, name)
  return pid
}

async function recover(field: Field, load: Load, injected: number): Promise<DrillResult> {
  const lifted = performance.now()
  const broken = (await untilWhole(field)) ?? (await untilServed(load, performance.now()))
  await sleep(settling)
  await load.stop()
  return { seen: seenSince(load.outcomes, injected, lifted), broken, output: [...field.server.output] }
}

// What the clients saw from a moment on.
function seenSince(outcomes: readonly Outcome[], injected: number, lifted: number): readonly Seen[] {
  return ([...harmed, 'other cluster'] as const).map((work) => {
    const mine = outcomes.filter((outcome) => outcome.work === work && outcome.ended >= injected)
    const failed = mine.filter(({ code }) => code !== undefined)
    return {
      work,
      requests: mine.length,
      errors: failed.length,
      codes: [...new Set(failed.map(({ code }) => code ?? ''))].sort(),
      longest: Math.max(0, ...mine.map(({ started, ended }) => ended - started)),
      again: failed.length === 0 ? undefined : successAfter(mine, failed, lifted),
    }
  })
}

function successAfter(mine: readonly Outcome[], failed: readonly Outcome[], lifted: number): number {
  const last = Math.max(lifted, ...failed.map(({ ended }) => ended))
  const next = mine.filter(({ code, ended }) => code === undefined && ended >= last).map(({ ended }) => ended)
  return Math.min(...next) - lifted
}

// Members that say they are well are believed when every action has succeeded since.
async function untilServed(
  { outcomes }: Load,
  since: number,
  patience = 15_000,
): Promise<string | undefined> {
  const isServed = (work: Work) =>
    outcomes.some(
      (outcome) => outcome.work === work && outcome.started >= since && outcome.code === undefined,
    )
  const end = since + patience
  while (!harmed.every(isServed)) {
    if (performance.now() > end) return `no success of ${harmed.filter((work) => !isServed(work))}`
    await sleep(20)
  }
  return undefined
}
