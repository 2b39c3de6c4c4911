// The measure: CPU of a signed GenerateDataKey with everything on, against its floors, round by round in one run.
import { mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { type Figure, median } from './figures.ts'
import { startHttpFloor, startTokenFloor } from './floors.ts'
import type { Target } from './job.ts'
import type { Measured } from './load-client.ts'
import { type Bench, lasting, makeService, memoryFolder, settling } from './part.ts'
import { generateJob, rateOf, tokenOf } from './service.ts'

/** Most that a data key may cost, as a multiple of what it must cost. */
const bar = 1.5

type Contender = Target & { readonly pid: number; readonly keyId: string }

type Round = { httpFloor: number; tokenFloor: number; user: Measured; root: Measured; unflushed: Measured }

export async function measureHotPath(bench: Bench): Promise<readonly Figure[]> {
  const { load, say } = bench
  const contenders = await startContenders(bench)
  const { floor, tokenFloor, user, root, unflushed } = contenders
  const cpuOf = (target: Contender, seconds: number) =>
    load(generateJob(target, target.keyId, lasting(bench, seconds)), target.pid)
  for (const target of [user, unflushed]) await cpuOf(target, settling)
  const rounds: Round[] = []
  for (let count = 1; count <= (bench.quick ? 1 : 7); count++) {
    say(`round ${count}: floors, then the service as user, as root, with the audit in memory`)
    rounds.push({
      httpFloor: (await cpuOf(floor, 2)).cpu,
      tokenFloor: await tokenFloor({ seconds: lasting(bench, 1), spread: false }),
      user: await cpuOf(user, 3),
      root: await cpuOf(root, 2),
      unflushed: await cpuOf(unflushed, 2),
    })
  }
  return figuresOf(rounds)
}

async function startContenders(bench: Bench) {
  const { owner } = bench
  const { home, service } = await makeService(bench)
  const folder = mkdtempSync(join(memoryFolder, 'p11kms-bench-'))
  owner.teardown(() => rmSync(folder, { recursive: true, force: true }))
  const other = await makeService(bench, { P11KMS_AUDIT_FOLDER: folder })
  const { access, env } = tokenOf(home, 1)
  const { host, pid, keyId } = service
  const reply = JSON.stringify({ Response: { KeyId: keyId, RequestId: keyId, rest: '='.repeat(340) } })
  return {
    user: { host, pid, keyId, credential: home.user },
    root: { host, pid, keyId, credential: home.root },
    unflushed: { ...other.service, credential: other.home.user },
    floor: { ...(await startHttpFloor(owner, home.user, reply)), keyId },
    tokenFloor: await startTokenFloor(owner, access, env),
  }
}

function figuresOf(rounds: readonly Round[]): readonly Figure[] {
  const over = (pick: (round: Round) => number) => median(rounds.map(pick))
  const ratios = rounds.map((round) => round.user.cpu / (round.httpFloor + round.tokenFloor))
  const spread = `rounds ${Math.min(...ratios).toFixed(2)} to ${Math.max(...ratios).toFixed(2)}`
  const rate = rateOf({ rate: over(({ user }) => user.rate) })
  return [
    {
      id: 'floor-http',
      title: 'floor (a): bare node:http, TC3 checked',
      value: over((r) => r.httpFloor),
      unit: 'µs CPU',
    },
    {
      id: 'floor-token',
      title: 'floor (b): bare pkcs11js, four calls',
      value: over((r) => r.tokenFloor),
      unit: 'µs CPU',
    },
    {
      id: 'generate',
      title: 'GenerateDataKey, everything on',
      value: over(({ user }) => user.cpu),
      unit: 'µs CPU',
      note: rate,
    },
    {
      id: 'generate-ratio',
      title: 'the same as a multiple of (a) + (b)',
      value: median(ratios),
      unit: '×',
      bar: { atMost: bar },
      note: spread,
    },
    {
      id: 'policy-cost',
      title: 'a user with a policy against root',
      value: over(({ user, root }) => user.cpu / root.cpu),
      unit: '×',
    },
    {
      id: 'flush-cost',
      title: 'audit on disk against audit in memory',
      value: over(({ user, unflushed }) => user.cpu / unflushed.cpu),
      unit: '×',
    },
  ]
}
