// Real SoftHSM tokens for tests, each in a folder that goes with the test.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Test } from 'tap'
import { createSofthsmToken, findSofthsm, softhsmConfig } from '../../src/cli/softhsm.ts'
import { createHsm, type HsmOptions, type MemberConfig, type TokenHsm } from '../../src/hsm/cluster.ts'
import type { MemberLimits } from '../../src/hsm/member.ts'

export const clusterId = 'cls-hsm-test0001'

/** Limits roomy enough for a loaded machine. */
export const roomy: MemberLimits = {
  callTimeout: 10_000,
  requestTimeout: 30_000,
  queue: 10_000,
  recycleOperations: 10_000_000,
  recycleMemory: 1024 * 1024 * 1024,
}

export interface TestToken {
  readonly home: string
  readonly member: MemberConfig
  readonly events: { event: string; facts: Readonly<Record<string, unknown>> }[]
  /** A started HSM over this token, closed with the test. */
  open(limits?: Partial<MemberLimits>, member?: Partial<MemberConfig>): Promise<TokenHsm>
}

/** Makes a token. */
export async function makeToken(t: Test): Promise<TestToken> {
  const home = mkdtempSync(join(tmpdir(), 'p11kms-test-'))
  t.teardown(() => rmSync(home, { recursive: true, force: true }))
  const module = findSofthsm()
  await createSofthsmToken({ home, module, letter: 'a', label: 'p11kms-a' })
  const member: MemberConfig = {
    name: 'a1',
    module,
    token: 'p11kms-a',
    pin: readFileSync(join(home, 'pin-a'), 'utf8').trim(),
    env: { SOFTHSM2_CONF: softhsmConfig('a') },
    initArgs: '',
    processes: 1,
  }
  const events: TestToken['events'] = []
  return {
    home,
    member,
    events,
    async open(limits = {}, changed = {}) {
      const options: HsmOptions = {
        cwd: home,
        limits: { ...roomy, ...limits },
        clusters: [{ id: clusterId, name: '', default: true, members: [{ ...member, ...changed }] }],
        expected: async () => [],
        latches: { isLatched: () => false, latch: async () => undefined },
        onEvent: (event, facts) => events.push({ event, facts }),
      }
      const hsm = createHsm(options)
      t.teardown(() => hsm.close())
      await hsm.start()
      return hsm
    },
  }
}

export interface InspectedObject {
  readonly id: string
  readonly label: string
  readonly flags: Readonly<Record<string, boolean>>
  readonly value: string
  readonly turnOnDecrypt: string
  readonly copyWithDecrypt: string
}

/** What an independent process sees of the keys on the token `p11kms-a` of a home. */
export function inspectToken(home: string): readonly InspectedObject[] {
  const inspector = join(import.meta.dirname, 'inspect-token.ts')
  const inspected = spawnSync(process.execPath, [inspector, findSofthsm(), 'p11kms-a'], {
    input: readFileSync(join(home, 'pin-a')),
    env: { ...process.env, SOFTHSM2_CONF: join(home, softhsmConfig('a')) },
  })
  return JSON.parse(inspected.stdout.toString()) as InspectedObject[]
}

/** Pids of the token processes of a one-member HSM. */
export function pids(hsm: TokenHsm): readonly number[] {
  return hsm.status()[0]?.members[0]?.processes ?? []
}

/** Waits until a condition holds; fails the test after `patience` ms. */
export async function until(
  t: Test,
  what: string,
  condition: () => boolean,
  patience = 20_000,
): Promise<void> {
  const end = Date.now() + patience
  while (!condition()) {
    if (Date.now() > end) {
      t.fail(`waited in vain for: ${what}`)
      return
    }
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}
