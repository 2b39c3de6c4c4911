// Real tokens for tests, each in a folder that goes with the test; SoftHSM's here, others in files beside this one.
import { spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Test } from 'tap'
import { createSofthsmToken, findSofthsm, softhsmConfig } from '../../src/cli/softhsm.ts'
import { createTurns } from '../../src/core/turns.ts'
import { createHsm, type HsmOptions, type MemberConfig, type TokenHsm } from '../../src/hsm/cluster.ts'
import type { MemberLimits } from '../../src/hsm/member.ts'
import type { InitTokenJob } from './init-token.ts'

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
  open(
    limits?: Partial<MemberLimits>,
    member?: Partial<MemberConfig>,
    options?: Partial<HsmOptions>,
  ): Promise<TokenHsm>
}

/** Makes a SoftHSM token, labelled `p11kms-a`. */
export async function makeToken(t: Test): Promise<TestToken> {
  const home = makeHome(t)
  const module = findSofthsm()
  await createSofthsmToken({ home, module, letter: 'a', label: 'p11kms-a' })
  return testToken(t, home, {
    module,
    token: 'p11kms-a',
    pin: readFileSync(join(home, 'pin-a'), 'utf8').trim(),
    env: { SOFTHSM2_CONF: softhsmConfig('a') },
    initArgs: '',
  })
}

/** An empty folder that goes with the test, and after whatever the test opens in it. */
export function makeHome(t: Test, parent: string = tmpdir()): string {
  const home = mkdtempSync(join(parent, 'p11kms-test-'))
  t.teardown(() => rmSync(home, { recursive: true, force: true }))
  return home
}

/** A token that is there already, as the one member `a1` of a cluster whose processes work in `home`. */
export function testToken(
  t: Test,
  home: string,
  found: Omit<MemberConfig, 'name' | 'processes' | 'checkBlobs'>,
): TestToken {
  const member: MemberConfig = { name: 'a1', processes: 1, checkBlobs: false, ...found }
  const events: TestToken['events'] = []
  return {
    home,
    member,
    events,
    async open(limits = {}, changed = {}, more = {}) {
      const options: HsmOptions = {
        cwd: home,
        limits: { ...roomy, ...limits },
        clusters: [{ id: clusterId, name: '', default: true, members: [{ ...member, ...changed }] }],
        expected: async () => [],
        latches: { isLatched: async () => false, latch: async () => undefined },
        takeTurn: createTurns(),
        onEvent: (event, facts) => events.push({ event, facts }),
        ...more,
      }
      const hsm = createHsm(options)
      t.teardown(() => hsm.close())
      await hsm.start()
      return hsm
    },
  }
}

/** Gives an untouched token its label and PINs, in a process with this environment. Throws what the token said. */
export function initToken(job: InitTokenJob, env: Readonly<Record<string, string>>): void {
  const tool = join(import.meta.dirname, 'init-token.ts')
  const { status, stderr } = spawnSync(process.execPath, [tool], { input: JSON.stringify(job), env })
  if (status !== 0) throw new Error(`the token could not be made: ${stderr}`)
}

/** A PIN of eight characters, the most that openCryptoki takes. */
export function randomPin(): string {
  return randomBytes(4).toString('hex')
}

/** Folders of Debian's and Red Hat's shared libraries. */
const libraryFolders = ['/usr/lib/x86_64-linux-gnu', '/usr/lib/aarch64-linux-gnu', '/usr/lib64', '/usr/lib']

/** The first shared library of this name (a path below a library folder) on this machine. */
export function findLibrary(...names: readonly string[]): string | undefined {
  return libraryFolders.flatMap((folder) => names.map((name) => join(folder, name))).find(existsSync)
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
