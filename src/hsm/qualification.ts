// Whether a token can carry the service: probe, contract, attacks, a short benchmark. For a person who has a new module.
import { randomUUID } from 'node:crypto'
import { bindingDigest } from '../core/sealed.ts'
import { createTurns } from '../core/turns.ts'
import type { AttackOutcomes } from './attacks.ts'
import type { Card } from './card.ts'
import { secretLimit } from './card.ts'
import { createHsm, type HsmOptions, type MemberConfig, type TokenHsm } from './cluster.ts'
import type { TokenDescription } from './token-protocol.ts'

/** One check of the contract. */
export interface Check {
  readonly name: string
  readonly ok: boolean
  readonly detail: string
}

/** What a person can send to a vendor. No secret is in it. */
export interface Qualification {
  readonly ok: boolean
  readonly token?: TokenDescription
  readonly card?: Card
  readonly contract: readonly Check[]
  readonly attacks: AttackOutcomes
  /** Operations a second, one process. */
  readonly rates: Readonly<Record<string, number>>
}

const clusterId = 'qualification'
const damages = 24
const benchTime = 1000
const benchClients = 32

/**
 * Runs everything against one token; keys it makes are destroyed again, but for the canary. `say` hears of each step.
 * `ok` says that the contract holds; what attacks the token allows to who has its PIN is for the reader to weigh. Never
 * throws for what the token does; throws MemberConfigError when it cannot be reached at all.
 */
export async function qualify(
  member: Omit<MemberConfig, 'name' | 'processes'>,
  options: Pick<HsmOptions, 'limits' | 'cwd'>,
  say: (step: string) => void,
): Promise<Qualification> {
  const events: string[] = []
  const hsm = createHsm({
    ...options,
    clusters: [
      { id: clusterId, name: '', default: true, members: [{ ...member, name: 'token', processes: 1 }] },
    ],
    expected: async () => [],
    latches: { isLatched: async () => false, latch: async () => undefined },
    takeTurn: createTurns(),
    onEvent: (_event, { detail }) => {
      if (typeof detail === 'string') events.push(detail)
    },
  })
  try {
    say('login, probe')
    await hsm.start()
    return await examine(hsm, events, say)
  } finally {
    await hsm.close()
  }
}

async function examine(
  hsm: TokenHsm,
  events: readonly string[],
  say: (step: string) => void,
): Promise<Qualification> {
  const { state, token, card } = hsm.status()[0]?.members[0] ?? {}
  if (state !== 'ready' || token === undefined || card === undefined) {
    const check = { name: 'the token can be used', ok: false, detail: events.at(-1) ?? String(state) }
    return { ok: false, contract: [check], attacks: {}, rates: {} }
  }
  const keys = [randomUUID(), randomUUID()] as const
  try {
    const contract: Check[] = []
    for (const [name, check] of Object.entries(checks)) {
      say(name)
      contract.push(await run(name, () => check(hsm, keys, card)))
    }
    const usable = contract[0]?.ok === true
    say('attacks')
    const attacks = usable ? await hsm.attack(clusterId, keys[0]) : {}
    say('benchmark')
    const rates = usable ? await benchmark(hsm, keys[0]) : {}
    return { ok: contract.every(({ ok }) => ok), token, card, contract, attacks, rates }
  } finally {
    for (const id of keys) await hsm.destroyKey(clusterId, id).catch(() => undefined)
  }
}

type KeyPair = readonly [string, string]

const binding = (keyVersionId: string) => bindingDigest('data-key', keyVersionId, {})

/** The contract, in order; the first one makes the keys of the others. Each says what it saw. */
const checks: Readonly<Record<string, (hsm: TokenHsm, keys: KeyPair, card: Card) => Promise<string>>> = {
  'keys are born in the token, and read back as asked': async (hsm, keys) => {
    const made = await Promise.all(keys.map((id) => hsm.createKey(clusterId, id, `cmk/qualification/${id}`)))
    if (made[0]?.checkValue === made[1]?.checkValue) throw new Error('two keys have one check value')
    return made.map(({ checkValue }) => checkValue.slice(0, 6)).join(', ')
  },
  'data keys of every length come back byte-exact': async (hsm, [id], card) => {
    const longest = Math.min(1024, secretLimit(card))
    const lengths = Array.from({ length: longest }, (_, index) => index + 1)
    const wrong = await Promise.all(
      lengths.map(async (length) => {
        const made = await hsm.generate(clusterId, id, length, binding(id))
        const back = await hsm.unwrap(clusterId, id, made, binding(id))
        return back.equals(made.bytes) && back.length === length ? [] : [length]
      }),
    )
    if (wrong.flat().length > 0) throw new Error(`changed at ${wrong.flat().slice(0, 8).join(', ')}`)
    return `1 to ${longest} bytes${longest < 1024 ? '; longer ones in two layers' : ''}`
  },
  'damaged blobs are refused, and the token lives on': async (hsm, [id]) => {
    const made = await hsm.generate(clusterId, id, 32, binding(id))
    for (let count = 0; count < damages; count++) {
      const wrapped = Buffer.from(made.wrapped)
      const index = Math.floor((count * wrapped.length) / damages)
      wrapped[index] = (wrapped[index] ?? 0) ^ (1 << (count % 8))
      await refuse(hsm.unwrap(clusterId, id, { ...made, wrapped }, binding(id)), `byte ${index}`)
    }
    const cut = { ...made, wrapped: made.wrapped.subarray(0, -8) }
    await refuse(hsm.unwrap(clusterId, id, cut, binding(id)), 'cut short')
    await hsm.unwrap(clusterId, id, made, binding(id))
    return `${damages} flipped bits and a cut`
  },
  'a blob opens under its own key and binding only': async (hsm, [id, other]) => {
    const made = await hsm.generate(clusterId, id, 32, binding(id))
    await refuse(hsm.unwrap(clusterId, other, made, binding(id)), 'another key')
    await refuse(
      hsm.unwrap(clusterId, id, made, bindingDigest('data-key', id, { a: 'b' })),
      'another context',
    )
    await refuse(hsm.unwrap(clusterId, id, made, bindingDigest('secret', id, {})), 'another purpose')
    return 'another key, context and purpose refused'
  },
  'random bytes pass their health tests': async (hsm) => {
    for (let count = 0; count < 64; count++) await hsm.random(clusterId, 1024)
    return '64 KiB'
  },
  'a destroyed key opens nothing': async (hsm, [, other]) => {
    const made = await hsm.generate(clusterId, other, 32, binding(other))
    await hsm.destroyKey(clusterId, other)
    await refuse(hsm.unwrap(clusterId, other, made, binding(other)), 'a destroyed key')
    return 'gone'
  },
}

async function refuse(attempt: Promise<unknown>, what: string): Promise<void> {
  const opened = await attempt.then(
    () => true,
    () => false,
  )
  if (opened) throw new Error(`${what}: opened`)
}

async function run(name: string, check: () => Promise<string>): Promise<Check> {
  try {
    return { name, ok: true, detail: await check() }
  } catch (error) {
    const { facts } = error as { facts?: { detail?: string } }
    const message = error instanceof Error ? error.message : String(error)
    return { name, ok: false, detail: facts?.detail ?? message }
  }
}

async function benchmark(hsm: TokenHsm, id: string): Promise<Record<string, number>> {
  const made = await hsm.generate(clusterId, id, 32, binding(id))
  return {
    generate: await rate(() => hsm.generate(clusterId, id, 32, binding(id))),
    unwrap: await rate(() => hsm.unwrap(clusterId, id, made, binding(id))),
    random: await rate(() => hsm.random(clusterId, 32)),
  }
}

async function rate(operation: () => Promise<unknown>): Promise<number> {
  const started = performance.now()
  let count = 0
  const client = async () => {
    for (; performance.now() - started < benchTime; count++) await operation()
  }
  await Promise.all(Array.from({ length: benchClients }, client))
  return Math.round((count * 1000) / (performance.now() - started))
}
