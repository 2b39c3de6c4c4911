// Two HTTP processes against one.
import { cpus } from 'node:os'
import { type Figure, median } from './figures.ts'
import type { Measured } from './load-client.ts'
import { type Bench, lasting, makeService, settling } from './part.ts'
import { connections, generateJob, rateOf, type Service } from './service.ts'

/** What two workers must be able to do, as a multiple of what one does. */
const bar = 1.8
/** Processors that two workers, their token processes and the load generator keep busy. */
const processors = 5

export async function measureWorkers(bench: Bench): Promise<readonly Figure[]> {
  const title = 'two workers against one, by CPU per request'
  const one = await makeService(bench, { P11KMS_WORKERS: '1' })
  const two = await makeService(bench, { P11KMS_WORKERS: '2' }).catch((error: Error) => error)
  if (two instanceof Error) {
    if (!two.message.includes('config: workers')) throw two
    return [{ id: 'workers-scaling', title, unit: '×', bar: { atLeast: bar }, note: 'one worker only' }]
  }
  const run = (service: Service, seconds: number) => {
    const target = { host: service.host, credential: service.user }
    const job = generateJob(target, service.keyId, lasting(bench, seconds))
    return bench.load({ ...job, connections: 2 * connections }, service.pid)
  }
  for (const { service } of [one, two]) await run(service, settling)
  const rounds: { one: Measured; two: Measured }[] = []
  for (let count = 1; count <= (bench.quick ? 1 : 4); count++) {
    bench.say(`round ${count}: one worker, then two`)
    rounds.push({ one: await run(one.service, 3), two: await run(two.service, 3) })
  }
  const over = (pick: (round: (typeof rounds)[number]) => number) => median(rounds.map(pick))
  const raw = over((round) => round.two.rate / round.one.rate)
  const here = cpus().length
  const enough = here >= processors
  const short = enough ? '' : `; ${here} processors cannot show it, ${processors} could`
  return [
    {
      id: 'workers-one',
      title: 'one worker',
      value: over((round) => round.one.cpu),
      unit: 'µs CPU',
      note: rateOf({ rate: over((round) => round.one.rate) }),
    },
    {
      id: 'workers-two',
      title: 'two workers',
      value: over((round) => round.two.cpu),
      unit: 'µs CPU',
      note: rateOf({ rate: over((round) => round.two.rate) }),
    },
    {
      id: 'workers-scaling',
      title,
      value: 2 * over((round) => round.one.cpu / round.two.cpu),
      unit: '×',
      bar: { atLeast: bar },
      note: 'the rate two allow when processors are free',
    },
    {
      id: 'workers-rate',
      title: 'two workers against one, by rate',
      value: raw,
      unit: '×',
      ...(enough ? { bar: { atLeast: bar } } : {}),
      note: `load generator and all on this machine${short}`,
    },
  ]
}
