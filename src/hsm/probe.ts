// What a token can do, found out by doing it: real round trips with a canary key, before anything is served.
import { randomBytes, randomUUID } from 'node:crypto'
import type { Handle } from 'pkcs11js'
import { type Card, quirks, type UnwrapTemplate } from './card.ts'
import { returnValue } from './return-values.ts'
import { preferred } from './strategies/index.ts'
import type { KeyHandles, SessionHandle, WrapStrategy } from './strategies/strategy.ts'
import { unwrapTemplates } from './templates.ts'
import { TokenError } from './token-error.ts'
import type { LiveSession, TokenKeys } from './token-keys.ts'
import type { TokenDescription } from './token-protocol.ts'

/** The card, and the key version it was found out with. */
export interface Probed {
  readonly card: Card
  readonly strategy: WrapStrategy
  readonly canary: string
}

/** Payloads tried, the largest that the service needs first (1,024 bytes of secret). */
const payloads = [1064, 512, 256, 128, 72]

/**
 * Probes a token whose keys were loaded. The strategy is that of a canary that is there already, so that a bad moment
 * does not change it; on a fresh token the best one that works. Throws TokenError when none does.
 */
export function probe(at: LiveSession, slot: Handle, keys: TokenKeys, token: TokenDescription): Probed {
  const listed = at.library.C_GetMechanismList(slot)
  const offered = preferred.filter(({ mechanisms }) => mechanisms.every((number) => listed.includes(number)))
  const settled = preferred.find((strategy) => keys.labelled(canaryLabel(strategy)) !== undefined)
  // Keys made under another strategy would not fit those that are there.
  if (settled !== undefined && !offered.includes(settled))
    throw new TokenError('token-lost', `${settled.name}: the token no longer offers its mechanisms`)
  const reusesHandles =
    quirks.find(({ manufacturer }) => manufacturer.test(token.manufacturer))?.reusesHandles === true
  if (settled !== undefined) return probeStrategy(at, keys, settled, reusesHandles)
  const failures: string[] = []
  for (const strategy of offered) {
    try {
      return probeStrategy(at, keys, strategy, reusesHandles)
    } catch (error) {
      failures.push(
        `${strategy.name}: ${error instanceof TokenError ? error.message : returnValue(error).name}`,
      )
    }
  }
  throw new TokenError(
    'token-lost',
    `no wrap strategy works (${failures.join('; ') || 'none of its mechanisms'})`,
  )
}

function canaryLabel({ name }: WrapStrategy): string {
  return name === 'rfc3394' ? 'service/canary' : `service/canary/${name}`
}

function probeStrategy(
  at: LiveSession,
  keys: TokenKeys,
  strategy: WrapStrategy,
  reusesHandles: boolean,
): Probed {
  const label = canaryLabel(strategy)
  const canary = keys.labelled(label) ?? randomUUID()
  const traits = findTraits(keys, canary, label, strategy)
  keys.traits = { ...traits, reusesHandles }
  const handles = keys.get(canary, strategy)
  const unwrapTemplate = findTemplate(at, handles, strategy)
  const maxPayload = payloads.find(
    (length) => roundTrip(at, handles, strategy, unwrapTemplate, length) === undefined,
  )
  if (maxPayload === undefined) throw new TokenError('token-lost', 'no payload comes back')
  const card = { strategy: strategy.name, ...traits, unwrapTemplate, maxPayload, reusesHandles }
  return { card, strategy, canary }
}

// Tokens that do not know CKA_COPYABLE refuse it in ways of their own; what they make without it must still read back.
function findTraits(
  keys: TokenKeys,
  canary: string,
  label: string,
  strategy: WrapStrategy,
): Pick<Card, 'copyable' | 'local'> {
  let refused: unknown
  for (const copyable of [true, false]) {
    for (const local of [true, false]) {
      keys.traits = { copyable, local, reusesHandles: false }
      try {
        keys.make(canary, label, strategy)
        return { copyable, local }
      } catch (error) {
        refused = error
        // A key that reads back otherwise is none of ours, but for LOCAL, which some tokens never say.
        if (!(error instanceof TokenError)) break
        if (!error.message.endsWith(': CKA_LOCAL')) throw error
      }
    }
  }
  throw refused
}

function findTemplate(at: SessionHandle, handles: KeyHandles, strategy: WrapStrategy): UnwrapTemplate {
  let failed: unknown
  for (const name of Object.keys(unwrapTemplates) as UnwrapTemplate[]) {
    failed = roundTrip(at, handles, strategy, name, 40)
    if (failed === undefined) return name
  }
  throw failed
}

// What went wrong, undefined for nothing. Throws what says that the token is unwell.
function roundTrip(
  at: SessionHandle,
  handles: KeyHandles,
  strategy: WrapStrategy,
  template: UnwrapTemplate,
  length: number,
): unknown {
  const payload = randomBytes(length)
  try {
    const wrapped = strategy.wrap(at, handles, payload)
    const back = strategy.unwrap(at, handles, wrapped, unwrapTemplates[template])
    return back.equals(payload) ? undefined : new TokenError('token-lost', 'a payload comes back changed')
  } catch (error) {
    // A token that is unwell says nothing of what it can do.
    if (returnValue(error).class === 'token') throw error
    return error
  }
}
