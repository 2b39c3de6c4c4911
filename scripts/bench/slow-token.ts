// A slow token: its rate must grow with its processes.
import { editConfig } from '../../src/config.ts'
import { createFaults } from '../../test/support/fault.ts'
import type { Figure } from './figures.ts'
import { type Bench, lasting } from './part.ts'
import { generateJob, makeBenchHome, tokenOf } from './service.ts'

const delay = 5
const delayed = ['C_GenerateRandom', 'C_CreateObject', 'C_WrapKey', 'C_DestroyObject'] as const
const counts = [1, 4, 16] as const
/** Share of the linear rate that must be reached. */
const bar = 0.85

export async function measureSlowToken(bench: Bench): Promise<readonly Figure[]> {
  const home = await makeBenchHome(bench.owner)
  const { access, env } = tokenOf(home, 0)
  const faults = createFaults(bench.owner, access.module)
  const member = ['clusters', 0, 'members', 0]
  editConfig(home.home, [...member, 'module'], faults.module)
  editConfig(home.home, [...member, 'env'], { ...env, ...faults.env })
  const rates: number[] = []
  for (const processes of counts) {
    bench.say(`a token of ${delay} ms a call, ${processes} processes`)
    editConfig(home.home, [...member, 'processes'], processes)
    faults.clear()
    const server = await home.serve({ P11KMS_LOG_LEVEL: 'info' })
    // One more, of the other cluster.
    while (server.output.filter((line) => line.includes('token process ready')).length <= processes)
      await new Promise((resolve) => setTimeout(resolve, 50))
    faults.set(delayed.map((name) => `${name} delay ${delay}`))
    const target = { host: server.host, credential: home.user }
    const job = { ...generateJob(target, home.keyId, lasting(bench, 5)), warmUpSeconds: lasting(bench, 3) }
    rates.push((await bench.load({ ...job, connections: 128 }, server.process.pid ?? 0)).rate)
    await server.stop()
  }
  const [alone = 1] = rates
  const possible = 1000 / (delay * delayed.length)
  return counts.map((processes, index) => ({
    id: `slow-${processes}`,
    title: `${delay} ms a call, ${processes} ${processes === 1 ? 'process' : 'processes'}`,
    value: rates[index] ?? 0,
    unit: '/s',
    ...(processes === 1 ? {} : { bar: { atLeast: Math.floor(alone * processes * bar) } }),
    note: `${possible * processes} possible; linear: ${Math.round(alone * processes)}`,
  }))
}
