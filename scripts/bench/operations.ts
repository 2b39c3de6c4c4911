// What every data operation costs, in each dialect.
import { callOnce } from './call-once.ts'
import type { Figure } from './figures.ts'
import type { LoadJob } from './job.ts'
import { type Bench, lasting, makeService, settling } from './part.ts'
import { connections, rateOf, type Service } from './service.ts'

const plaintext = Buffer.alloc(64, 7).toString('base64')

interface Row {
  readonly id: string
  readonly title: string
  readonly dialect: LoadJob['dialect']
  readonly action: string
  readonly input: Readonly<Record<string, unknown>>
}

export async function measureOperations(bench: Bench): Promise<readonly Figure[]> {
  const { service } = await makeService(bench)
  const rows = await prepare(service)
  const seconds = (long: number) => lasting(bench, long)
  const job = (row: Row, warmUpSeconds: number): LoadJob => ({
    host: service.host,
    credential: service.user,
    dialect: row.dialect,
    action: row.action,
    inputs: [row.input],
    connections,
    warmUpSeconds,
    seconds: seconds(3),
  })
  const figures: Figure[] = []
  for (const row of rows) {
    bench.say(row.title)
    const warmUp = figures.length === 0 ? settling : 3
    const measured = await bench.load(job(row, seconds(warmUp)), service.pid)
    const { id, title } = row
    figures.push({ id, title, value: measured.cpu, unit: 'µs CPU', note: rateOf(measured) })
  }
  return figures
}

async function prepare(service: Service): Promise<readonly Row[]> {
  const { keyId: KeyId } = service
  const generate = { KeyId, KeySpec: 'AES_256' }
  const blobOf = async (dialect: LoadJob['dialect'], action: string, input: Row['input']) =>
    String((await callOnce(service, dialect, action, input)).CiphertextBlob)
  const encrypt = { KeyId, Plaintext: plaintext }
  const rows = async (dialect: LoadJob['dialect'], name: string): Promise<Row[]> => [
    {
      id: `${dialect}-generate`,
      title: `${name} GenerateDataKey`,
      dialect,
      action: 'GenerateDataKey',
      input: generate,
    },
    {
      id: `${dialect}-decrypt-data-key`,
      title: `${name} Decrypt, a data key`,
      dialect,
      action: 'Decrypt',
      input: { CiphertextBlob: await blobOf(dialect, 'GenerateDataKey', generate) },
    },
    {
      id: `${dialect}-encrypt`,
      title: `${name} Encrypt, 64 bytes`,
      dialect,
      action: 'Encrypt',
      input: encrypt,
    },
    {
      id: `${dialect}-decrypt`,
      title: `${name} Decrypt, 64 bytes`,
      dialect,
      action: 'Decrypt',
      input: { CiphertextBlob: await blobOf(dialect, 'Encrypt', encrypt) },
    },
  ]
  const withoutPlaintext: Row = {
    id: 'alibaba-without-plaintext',
    title: 'Alibaba GenerateDataKeyWithoutPlaintext',
    dialect: 'alibaba',
    action: 'GenerateDataKeyWithoutPlaintext',
    input: generate,
  }
  return [...(await rows('tencent', 'Tencent')), ...(await rows('alibaba', 'Alibaba')), withoutPlaintext]
}
