// The load generator, a process of its own: signed requests over keep-alive connections, closed loop or open loop.
import { setTimeout } from 'node:timers/promises'
import { sign as signAlibaba } from '../../src/dialects/alibaba/signature.ts'
import type { SignedRequest } from '../../src/dialects/dialect.ts'
import { sign as signTencent } from '../../src/dialects/tencent/signature.ts'
import { Connection, type Reply } from './connection.ts'
import type { LoadJob, LoadReport, LoadResult } from './job.ts'

const signers = { tencent: signTencent, alibaba: signAlibaba }

process.on('disconnect', () => process.exit(0))
process.on('message', (job: LoadJob) => {
  run(job).then(
    (result) => report({ type: 'done', result }),
    (error: Error) => report({ type: 'failed', problem: `${job.action}: ${error.message}` }),
  )
})

function report(message: LoadReport): void {
  process.send?.(message)
}

async function run(job: LoadJob): Promise<LoadResult> {
  const open = Array.from({ length: job.connections }, () => Connection.open(job.host))
  const connections = await Promise.all(open)
  try {
    const load = job.rate === undefined ? closedLoop : openLoop
    if (job.warmUpSeconds > 0) await load(job, connections, job.warmUpSeconds)
    report({ type: 'counting' })
    const started = performance.now()
    const latencies = await load(job, connections, job.seconds)
    return {
      requests: latencies.length,
      seconds: (performance.now() - started) / 1000,
      latencies: percentiles(latencies),
    }
  } finally {
    for (const connection of connections) connection.close()
  }
}

/** Each connection asks again as soon as it has its answer: as fast as the server is. */
async function closedLoop(job: LoadJob, connections: readonly Connection[], seconds: number) {
  const latencies: number[] = []
  const end = performance.now() + seconds * 1000
  const next = requests(job)
  const client = async (connection: Connection) => {
    for (let now = performance.now(); now < end; ) {
      expectSuccess(await connection.send(next()))
      const answered = performance.now()
      latencies.push(answered - now)
      now = answered
    }
  }
  await Promise.all(connections.map(client))
  return latencies
}

/**
 * Requests fall due at a steady rate, in steps of a millisecond, whether or not answers come. One that finds no free
 * connection waits for it, and its wait counts: a stall is felt by everyone who would have asked meanwhile.
 */
async function openLoop(job: LoadJob, connections: readonly Connection[], seconds: number) {
  const latencies: number[] = []
  const next = requests(job)
  const free = [...connections]
  const due: number[] = []
  let failure: Error | undefined
  const sendNext = () => {
    while (due.length > 0 && free.length > 0) {
      const [since, connection] = [due.shift() as number, free.pop() as Connection]
      connection
        .send(next())
        .then((reply) => {
          expectSuccess(reply)
          latencies.push(performance.now() - since)
          free.push(connection)
          sendNext()
        })
        .catch((error: Error) => {
          failure = error
        })
    }
  }
  const started = performance.now()
  const total = Math.round((job.rate ?? 0) * seconds)
  for (let sent = 0; sent < total && failure === undefined; await setTimeout(1)) {
    const step = Math.floor(performance.now() - started)
    for (; sent < Math.min(total, ((job.rate ?? 0) * step) / 1000); sent++)
      due.push(started + Math.ceil((sent * 1000) / (job.rate ?? 1)))
    sendNext()
  }
  while (latencies.length < total && failure === undefined) await setTimeout(1)
  if (failure !== undefined) throw failure
  return latencies
}

// Signed as a client would. A TC3 signature is good for every equal request of its second, so that the generator takes
// little of the processors it shares with the server; Alibaba's holds a nonce and is made for each request.
function requests(job: LoadJob): () => string {
  const { action, host, credential, dialect } = job
  const region = dialect === 'tencent' ? 'ap-guangzhou' : 'cn-hangzhou'
  const sign = (input: LoadJob['inputs'][number], now: number) =>
    toBytes(signers[dialect]({ action, input, credential, host, region, now }))
  const signed = job.inputs.map((input) => ({ input, second: 0, bytes: '' }))
  let count = 0
  return () => {
    const request = signed[count++ % signed.length] as (typeof signed)[number]
    const now = Date.now()
    const second = Math.floor(now / 1000)
    if (dialect === 'alibaba' || request.second !== second)
      Object.assign(request, { second, bytes: sign(request.input, now) })
    return request.bytes
  }
}

function toBytes({ method, path, headers, body }: SignedRequest): string {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
  return `${method} ${path} HTTP/1.1\r\n${lines.join('')}content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`
}

// Tencent's refusals are HTTP 200 too. A bench over refusals would be a bench of refusals.
function expectSuccess({ status, body }: Reply): void {
  if (status !== 200 || body.includes('"Error"')) throw new Error(`HTTP ${status} ${body.slice(0, 300)}`)
}

function percentiles(latencies: number[]): LoadResult['latencies'] {
  const sorted = Float64Array.from(latencies).sort()
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0
  return { p50: at(0.5), p99: at(0.99), p999: at(0.999) }
}
