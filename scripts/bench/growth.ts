// Growth: ten thousand CMKs and a hundred thousand hosted data keys, against a server with one key.
import { callOnce } from './call-once.ts'
import { type Figure, median } from './figures.ts'
import { fillDataKeys, fillKeys } from './fill-store.ts'
import { startTokenFloor } from './floors.ts'
import type { LoadJob } from './job.ts'
import { type Bench, lasting, memoryFolder, settling } from './part.ts'
import { generateJob, makeBenchHome, type Service, startService, tokenOf } from './service.ts'

const cmks = 10_000
const dataKeys = 100_000
/** Seconds after which a slow machine makes do with fewer keys. */
const fillSeconds = 120

export async function measureGrowth(bench: Bench): Promise<readonly Figure[]> {
  const { owner, quick, say } = bench
  // In memory, because a token's ten thousand files cost it ten thousand flushes when they are made.
  const home = await makeBenchHome(owner, memoryFolder)
  say(`making ${quick ? 20 : cmks} CMKs`)
  const keyIds = await fillKeys(home, quick ? 20 : cmks, fillSeconds)
  const small = await startService(await makeBenchHome(owner, memoryFolder))
  say(`hosting ${quick ? 100 : dataKeys} data keys`)
  const blob = await callOnce(small, 'tencent', 'GenerateDataKey', { KeyId: small.keyId, KeySpec: 'AES_256' })
  await fillDataKeys(home, String(blob.CiphertextBlob), quick ? 100 : dataKeys)
  say('starting the server that has them')
  const large = await startService(home)
  const keys = keyIds.length.toLocaleString('en')
  return [
    {
      id: 'growth-start',
      title: `start with ${keys} CMKs`,
      value: large.started / 1000,
      unit: 's',
      bar: { atMost: 10 },
      note: `with one CMK: ${(small.started / 1000).toFixed(1)} s`,
    },
    ...(await rateWithMany(bench, small, large, keyIds)),
    ...(await pages(bench, small, large, keyIds.length + 1)),
  ]
}

// The bar is the service's: what SoftHSM's own calls cost more on the larger token is measured beside it and taken off.
// All ask by as many inputs, so that the generator, which shares the machine, signs as often.
async function rateWithMany(
  bench: Bench,
  small: Service,
  large: Service,
  keyIds: readonly string[],
): Promise<readonly Figure[]> {
  const cost = async (service: Service, seconds: number, ids: readonly string[]) => {
    const job = generateJob({ host: service.host, credential: service.root }, '', lasting(bench, seconds))
    const inputs = ids.map((KeyId) => ({ KeyId, KeySpec: 'AES_256' }))
    return (await bench.load({ ...job, inputs }, service.pid)).cpu
  }
  const floor = async (service: Service) => {
    const { access, env } = tokenOf(service, 0)
    const loop = await startTokenFloor(bench.owner, access, env)
    return (spread: boolean) => loop({ seconds: lasting(bench, 1), spread })
  }
  const [smallFloor, largeFloor] = [await floor(small), await floor(large)]
  const only = keyIds.map(() => small.keyId)
  const one = keyIds.map(() => keyIds[0] ?? '')
  await cost(small, settling, only)
  await cost(large, settling, keyIds)
  const rounds: Record<'one' | 'all', { ratio: number; raw: number; token: number }>[] = []
  for (let count = 1; count <= (bench.quick ? 1 : 5); count++) {
    bench.say(`round ${count}: the only CMK, one of many, all of them in turn; SoftHSM alone`)
    const base = { service: await cost(small, 2, only), token: await smallFloor(false) }
    const against = (service: number, floor: number) => {
      const token = floor - base.token
      return { ratio: service / (base.service + token), raw: service / base.service, token }
    }
    rounds.push({
      one: against(await cost(large, 2, one), await largeFloor(false)),
      all: against(await cost(large, 2, keyIds), await largeFloor(true)),
    })
  }
  const figure = (name: 'one' | 'all') => {
    const over = (pick: 'ratio' | 'raw' | 'token') => median(rounds.map((round) => round[name][pick]))
    return {
      value: over('ratio'),
      unit: '× CPU',
      bar: { atMost: 1 / 0.9 },
      note: `${over('raw').toFixed(2)} × with the ${over('token').toFixed(1)} µs that SoftHSM alone takes more`,
    }
  }
  const keys = keyIds.length.toLocaleString('en')
  return [
    {
      id: 'growth-generate',
      title: `GenerateDataKey under one of ${keys} CMKs against the only one, SoftHSM’s growth aside`,
      ...figure('one'),
    },
    { id: 'growth-spread', title: 'the same under all of them in turn', ...figure('all') },
  ]
}

// The server's CPU per page, so that the bench's own cost does not make them look alike.
async function pages(bench: Bench, small: Service, large: Service, keys: number): Promise<readonly Figure[]> {
  const cost = async (
    service: Service,
    dialect: LoadJob['dialect'],
    action: string,
    input: LoadJob['inputs'][number],
  ) => {
    const { host, root: credential } = service
    const times = { connections: 2, warmUpSeconds: lasting(bench, 1), seconds: lasting(bench, 2) }
    return (await bench.load({ host, credential, dialect, action, inputs: [input], ...times }, service.pid))
      .cpu
  }
  bench.say('pages of ListKeys and ListDataKeys')
  const page = (PageNumber: number) => ({ PageNumber, PageSize: 100 })
  const last = Math.max(1, Math.floor(keys / 100))
  const keyPages = [
    await cost(large, 'alibaba', 'ListKeys', page(1)),
    await cost(large, 'alibaba', 'ListKeys', page(last)),
  ] as const
  const { TotalCount } = await callOnce(large, 'tencent', 'ListDataKeys', { Offset: 0, Limit: 1 })
  const total = Number(TotalCount)
  const dataKeyPages = [
    await cost(large, 'tencent', 'ListDataKeys', { Offset: 0, Limit: 100 }),
    await cost(large, 'tencent', 'ListDataKeys', { Offset: Math.max(0, total - 100), Limit: 100 }),
  ] as const
  const few = await cost(small, 'tencent', 'ListDataKeys', { Offset: 0, Limit: 100 })
  return [
    {
      id: 'growth-list-keys',
      title: 'ListKeys, last page against first',
      value: keyPages[1] / keyPages[0],
      unit: '× CPU',
      bar: { atMost: 1.5 },
      note: `${Math.round(keyPages[0])} and ${Math.round(keyPages[1])} µs for 100 keys`,
    },
    {
      id: 'growth-list-data-keys',
      title: `ListDataKeys, last page of ${total.toLocaleString('en')}, for each of them`,
      value: (dataKeyPages[1] / Math.max(1, total)) * 1000,
      unit: 'ns CPU',
      note: `first page ${Math.round(dataKeyPages[0])} µs, last ${Math.round(dataKeyPages[1])}, with none ${Math.round(few)}`,
    },
  ]
}
