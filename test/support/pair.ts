// A cluster of two members for tests: two SoftHSM tokens that hold the same keys, mirrored as a pair of HSMs mirrors them.
import { randomUUID } from 'node:crypto'
import { cpSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Test } from 'tap'
import { mirror } from '../../softhsm/mirror.ts'
import { createTurns } from '../../src/core/turns.ts'
import { createHsm, type HsmOptions, type MemberConfig, type TokenHsm } from '../../src/hsm/cluster.ts'
import type { MemberLimits } from '../../src/hsm/member.ts'
import { clusterId, makeToken, roomy } from './tokens.ts'

export interface TestPair {
  readonly home: string
  readonly members: readonly [MemberConfig, MemberConfig]
  readonly events: { event: string; facts: Readonly<Record<string, unknown>> }[]
  /** Begins to mirror; ended with the test, or by the function returned. */
  mirror(): () => void
  /** A started HSM over both, closed with the test. */
  open(limits?: Partial<MemberLimits>, options?: Partial<HsmOptions>): Promise<TokenHsm>
  /** Takes a member's token away (its directory is renamed), or puts it back. */
  remove(member: 'a1' | 'a2'): void
  putBack(member: 'a1' | 'a2'): void
}

/** Makes the pair; nothing is mirrored yet. */
export async function makePair(t: Test): Promise<TestPair> {
  const { home, member } = await makeToken(t)
  const directories = { a1: join(home, 'tokens/a'), a2: join(home, 'tokens/a2') }
  cpSync(directories.a1, directories.a2, { recursive: true })
  const config = readFileSync(join(home, 'softhsm-a.conf'), 'utf8')
  writeFileSync(join(home, 'softhsm-a2.conf'), config.replace(directories.a1, directories.a2))
  const second = { ...member, name: 'a2', env: { SOFTHSM2_CONF: 'softhsm-a2.conf' } }
  const events: TestPair['events'] = []
  return {
    home,
    members: [member, second],
    events,
    mirror() {
      const { stop } = mirror(directories.a1, directories.a2)
      t.teardown(stop)
      return stop
    },
    async open(limits = {}, options = {}) {
      const hsm = createHsm({
        cwd: home,
        limits: { ...roomy, ...limits },
        clusters: [{ id: clusterId, name: '', default: true, members: [member, second] }],
        expected: async () => [],
        latches: { isLatched: async () => false, latch: async () => undefined },
        takeTurn: createTurns(),
        onEvent: (event, facts) => events.push({ event, facts }),
        ...options,
      })
      t.teardown(() => hsm.close())
      await hsm.start()
      return hsm
    },
    remove: (name) => renameToken(directories[name], 'away'),
    putBack: (name) => renameToken(directories[name], 'back'),
  }
}

// The token's own folder, so that the library finds an empty directory, as it does when a device is pulled.
function renameToken(directory: string, way: 'away' | 'back'): void {
  const aside = `${directory}-away`
  if (way === 'away') renameSync(directory, aside)
  else renameSync(aside, directory)
}

/** Makes a key as the service does, under another id when an attempt fails; `begun` are all the ids. */
export async function makeKey(
  hsm: TokenHsm,
): Promise<{ id: string; checkValue: string; begun: readonly string[] }> {
  const begun: string[] = []
  const begin = () => {
    const keyVersionId = randomUUID()
    begun.push(keyVersionId)
    return { keyVersionId, label: `cmk/pair/${begun.length}` }
  }
  const first = begin()
  const made = await hsm.createKey(clusterId, first.keyVersionId, first.label, async () => begin())
  return { id: made.keyVersionId, checkValue: made.checkValue, begun }
}

/** Names of the object files of a member's token. */
export function objectFiles(home: string, folder: 'a' | 'a2'): readonly string[] {
  const directory = join(home, 'tokens', folder)
  return readdirSync(directory)
    .flatMap((token) => readdirSync(join(directory, token)))
    .filter((name) => name.endsWith('.object') && name !== 'token.object')
}
