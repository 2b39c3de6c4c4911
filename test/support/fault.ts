// Tokens that misbehave on demand: a PKCS#11 module between a token process and the real library (fault/fault.c).
import { spawnSync } from 'node:child_process'
import { createHash, randomUUID } from 'node:crypto'
import { existsSync, mkdtempSync, readFileSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Scope } from './server.ts'

/** The functions that are counted and can be made to fail; fault.c has the same list. */
export const faultFunctions = [
  'C_Initialize',
  'C_Finalize',
  'C_GetSlotList',
  'C_GetTokenInfo',
  'C_GetMechanismList',
  'C_GetMechanismInfo',
  'C_OpenSession',
  'C_CloseSession',
  'C_Login',
  'C_Logout',
  'C_GenerateRandom',
  'C_GenerateKey',
  'C_CreateObject',
  'C_DestroyObject',
  'C_WrapKey',
  'C_UnwrapKey',
  'C_GetAttributeValue',
  'C_FindObjectsInit',
  'C_FindObjects',
  'C_FindObjectsFinal',
  'C_EncryptInit',
  'C_Encrypt',
  'C_DecryptInit',
  'C_Decrypt',
  'C_SignInit',
  'C_Sign',
  'C_VerifyInit',
  'C_Verify',
] as const

export type FaultFunction = (typeof faultFunctions)[number]

export interface Faults {
  /** Path of the module that misbehaves. Never load it in the test's own process. */
  readonly module: string
  /** What its process must find in the environment, besides what the real library needs. */
  readonly env: Readonly<Record<string, string>>
  /**
   * Puts rules in force, in place of those before, from the next call of every process on. Each is
   * `FUNCTION ACTION [ARGUMENT] [OPTION…]`; FUNCTION may be `*`, the first that applies wins.
   *
   * - `return CKR`: that answer, the library is not asked
   * - `delay MS`: wait first; later rules apply too
   * - `hang`, `crash`: for ever; by a real SIGSEGV
   * - `corrupt`: one bit of the output differs (random bytes, wrapped key, first attribute, cipher text, signature)
   * - `stuck BYTE`: C_GenerateRandom gives that byte only
   * - `kill-sessions`: every session of the process is closed (and the user logged out); SESSION_HANDLE_INVALID
   * - `limit N`: C_OpenSession gives SESSION_COUNT while N sessions are open in the process
   * - `hide MECHANISM`: it is not in the list, and whatever is asked for by it is MECHANISM_INVALID
   * - `absent`: no slot has a token, whatever else is asked is TOKEN_NOT_PRESENT (slots) or DEVICE_REMOVED (sessions)
   *
   * Options: `after=N` (from the N-th call on), `every=N` (every N-th of those), `times=N` (so many times), each
   * counted over the calls the rule could apply to, in each process anew; and `total=N` (so many times in all
   * processes together). `set` begins all counts anew, for rules that stay the same too.
   *
   * Throws on a rule that does not read.
   */
  set(rules: string | readonly string[]): void
  /** No faults any more. */
  clear(): void
  /** How often a function was called, by all processes together, those that are gone included. */
  count(fn: FaultFunction): number
}

const rulePattern =
  /^(\*|C_\w+) (?:(?:return|delay|stuck|limit|hide) (?:0x[\da-f]+|\d+)|hang|crash|corrupt|kill-sessions|absent)(?: (?:after|every|times|total)=\d+)*$/i
const recordLength = 32
const nameLength = 24

/** A module over a real one, without faults yet. What it writes goes with the test. */
export function createFaults(t: Scope, realModule: string): Faults {
  const module = faultLibrary()
  const home = mkdtempSync(join(tmpdir(), 'p11kms-fault-'))
  t.teardown(() => rmSync(home, { recursive: true, force: true }))
  const [control, counts] = [join(home, 'rules'), join(home, 'counts')]
  let [generation, slots] = [0, 0]
  // Processes add up what a rule with a total has done in a cell of the shared table that no rule had before.
  const withSlot = (rule: string) => (rule.includes(' total=') ? `${rule} slot=${slots++}` : rule)
  const set = (rules: readonly string[]) => {
    for (const rule of rules) checkRule(rule)
    const draft = join(home, 'draft')
    writeFileSync(draft, rules.map((rule) => `${withSlot(rule)}\n`).join(''))
    // Inode and size may be those of rules before, and clocks of file systems are coarse: the time tells them apart.
    generation++
    utimesSync(draft, generation, generation)
    renameSync(draft, control)
  }
  return {
    module,
    env: { P11FAULT_MODULE: realModule, P11FAULT_CONTROL: control, P11FAULT_COUNTS: counts },
    set: (rules) => set(typeof rules === 'string' ? [rules] : rules),
    clear: () => set([]),
    count: (fn) => readCount(counts, fn),
  }
}

function checkRule(rule: string): void {
  const name = rulePattern.exec(rule)?.[1]
  const known = name === '*' || faultFunctions.some((fn) => fn === name)
  if (!known) throw new Error(`not a rule of fault.c: ${rule}`)
}

// The file is made by the first process that loads the module. Each record is a name and a number.
function readCount(path: string, fn: FaultFunction): number {
  if (!existsSync(path)) return 0
  const table = readFileSync(path)
  for (let at = 0; at + recordLength <= table.length; at += recordLength) {
    const [name] = table.toString('latin1', at, at + nameLength).split('\0')
    if (name === fn) return Number(table.readBigUInt64LE(at + nameLength))
  }
  throw new Error(`${fn} is not in the table of calls`)
}

const source = join(import.meta.dirname, 'fault/fault.c')
const headers = join(import.meta.dirname, '../../node_modules/pkcs11js/includes')
const flags = ['-shared', '-fPIC', '-O1', '-Wall', '-Wextra', '-Werror', '-fvisibility=hidden', '-pthread']
let compiled: string | undefined

// Compiled once for each state of the source, for all test processes and runs.
function faultLibrary(): string {
  compiled ??= compile()
  return compiled
}

function compile(): string {
  const state = createHash('sha256').update(readFileSync(source)).update(flags.join(' ')).update(process.arch)
  const path = join(tmpdir(), `p11kms-fault-${process.getuid?.()}-${state.digest('hex').slice(0, 16)}.so`)
  if (existsSync(path)) return path
  // Test files run side by side: each compiles into a file of its own and renames it when it is whole.
  const draft = `${path}.${randomUUID()}`
  const gcc = spawnSync('gcc', [...flags, '-I', headers, '-o', draft, source, '-ldl'], { encoding: 'utf8' })
  if (gcc.error !== undefined) {
    throw new Error(`the fault-injecting PKCS#11 module needs a C compiler: gcc (${gcc.error.message})`)
  }
  if (gcc.status !== 0) throw new Error(`gcc does not compile ${source}:\n${gcc.stderr}`)
  renameSync(draft, path)
  return path
}
