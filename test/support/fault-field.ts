// A server for drills: real SoftHSM behind the fault module, as one member with two processes or as one member of two.
import { setTimeout as sleep } from 'node:timers/promises'
import { editConfig, loadConfig } from '../../src/config.ts'
import { createFaults, type Faults } from './fault.ts'
import { type LoadPlan, prepareLoad } from './load.ts'
import { send } from './raw.ts'
import { makeHome, type Scope, startMirror, type TestHome, type TestServer } from './server.ts'

/** `processes`: one member, two token processes. `members`: two members, one process each, the first one harmed. */
export type SetUp = 'processes' | 'members'

export interface FieldOptions {
  readonly checkBlobs?: boolean
  /** Rules that are in force when the server starts. */
  readonly atStart?: readonly string[]
}

export interface Field {
  readonly home: TestHome
  readonly cluster: string
  /** Every member's token directory. */
  readonly directories: readonly string[]
  readonly faults: Faults
  readonly server: TestServer
  readonly plan: LoadPlan
}

/** Makes the home, a first load's data keys, and the server that is to be harmed. */
export async function makeField(t: Scope, setUp: SetUp, options: FieldOptions = {}): Promise<Field> {
  const home = makeHome(t)
  await run(home, 'init')
  const [cluster = ''] = home.credentials().clusters
  const directories = setUp === 'members' ? await addMember(t, home, cluster) : []
  const faults = harm(t, home, setUp, options)
  const first = await home.serve()
  const plan = await prepareLoad(home.credentials())
  if (options.atStart === undefined) return { home, cluster, directories, faults, server: first, plan }
  await first.stop()
  faults.set(options.atStart)
  return { home, cluster, directories, faults, server: await home.serve(), plan }
}

async function addMember(t: Scope, home: TestHome, cluster: string): Promise<readonly string[]> {
  const added = await run(home, 'cluster', 'add-member', cluster, 'a2', '--json')
  const { directories } = JSON.parse(added) as { directories: string[] }
  await startMirror(t, directories)
  return directories
}

async function run(home: TestHome, ...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await home.run(...args)
  if (code !== 0) throw new Error(`${args.join(' ')}: ${stderr}`)
  return stdout
}

// The first member of the first cluster gets the fault module in the real library's place.
function harm(t: Scope, { home }: TestHome, setUp: SetUp, { checkBlobs = false }: FieldOptions): Faults {
  const [cluster] = loadConfig(home).clusters
  const [member] = cluster?.members ?? []
  if (member === undefined) throw new Error('init made no member')
  const faults = createFaults(t, member.module)
  const processes = setUp === 'processes' ? 2 : 1
  const env = { ...member.env, ...faults.env }
  editConfig(home, ['clusters', 0, 'members', 0], {
    ...member,
    module: faults.module,
    env,
    checkBlobs,
    processes,
  })
  return faults
}

/** Waits until every member serves with all its processes; how it is when `patience` ms were not enough. */
export async function untilWhole({ server }: Field, patience = 15_000): Promise<string | undefined> {
  const end = Date.now() + patience
  for (;;) {
    const { status, body } = await send(server.host, { path: '/readyz' })
    const pids = server.tokenPids()
    const whole =
      status === 200 && [...body.matchAll(/"state":"(\w+)"/g)].every(([, state]) => state === 'ready')
    // The harmed cluster has two processes in either set-up, the other one has one.
    if (whole && pids.length === 3 && readyPids(server).length === 3) return undefined
    if (Date.now() > end) return body
    await sleep(20)
  }
}

/** Pids of the token processes that have become ready and are alive, of one member or of all. */
export function readyPids(server: TestServer, member = '\\w+'): readonly number[] {
  const pattern = new RegExp(`"member":"${member}","pid":(\\d+).*"msg":"token process ready"`)
  const ready = new Set(server.output.map((line) => Number(pattern.exec(line)?.[1])))
  return server.tokenPids().filter((pid) => ready.has(pid))
}
