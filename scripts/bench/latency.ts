// Latency at half the rate that saturates the server, requests falling due whether or not answers come.
import type { Figure } from './figures.ts'
import { type Bench, lasting, makeService, settling } from './part.ts'
import { generateJob, rateOf } from './service.ts'

export async function measureLatency(bench: Bench): Promise<readonly Figure[]> {
  const { service } = await makeService(bench)
  const target = { host: service.host, credential: service.user }
  bench.say('saturated')
  const job = generateJob(target, service.keyId, lasting(bench, 5))
  const saturated = await bench.load({ ...job, warmUpSeconds: lasting(bench, settling) }, service.pid)
  const rate = saturated.rate / 2
  bench.say(`open loop at ${rateOf({ rate })}`)
  const half = { ...job, rate, seconds: lasting(bench, 20), warmUpSeconds: lasting(bench, 2) }
  const { latencies } = await bench.load(half, service.pid)
  const note = `open loop at ${rateOf({ rate })}, half of ${rateOf(saturated)}`
  return [
    { id: 'latency-p50', title: 'GenerateDataKey, p50', value: latencies.p50, unit: 'ms', note },
    { id: 'latency-p99', title: 'GenerateDataKey, p99', value: latencies.p99, unit: 'ms', note },
    { id: 'latency-p999', title: 'GenerateDataKey, p99.9', value: latencies.p999, unit: 'ms', note },
  ]
}
