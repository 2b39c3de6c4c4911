// 32 clients of Tencent's SDK at work at one time, and what each of their requests came to.
import { setTimeout as sleep } from 'node:timers/promises'
import type { CredentialsFile } from '../../src/cli/credentials-file.ts'
import { type Call, tencentSdk } from './sdks.ts'

/** What clients do; `other cluster` is GenerateDataKey under a key of a cluster that is left alone. */
export type Work = 'GenerateDataKey' | 'Decrypt' | 'CreateKey' | 'other cluster'

/** The actions whose cluster is harmed. */
export const harmed = ['GenerateDataKey', 'Decrypt', 'CreateKey'] as const

/** One request. Times are of `performance.now()`; `code` is there when it failed. */
export interface Outcome {
  readonly work: Work
  readonly started: number
  readonly ended: number
  readonly code?: string
}

export interface Load {
  /** Every request that has ended so far. */
  readonly outcomes: readonly Outcome[]
  /** Lets every client finish its last request. */
  stop(): Promise<void>
}

interface DataKey {
  readonly CiphertextBlob: unknown
  readonly Plaintext: unknown
}

/** Clients of each kind: 32 in all, and one that looks at the other cluster. */
const clients: Readonly<Record<Work, number>> = {
  GenerateDataKey: 14,
  Decrypt: 14,
  CreateKey: 4,
  'other cluster': 1,
}
/** Milliseconds between a client's requests: keys would otherwise fill the token, on which they stay. */
const pauses: Readonly<Record<Work, number>> = {
  GenerateDataKey: 0,
  Decrypt: 0,
  CreateKey: 100,
  'other cluster': 50,
}
const kept = 64

/** Makes what the clients need: a key in the second cluster and some data keys. Needs a healthy server. */
export async function prepareLoad(credentials: CredentialsFile): Promise<LoadPlan> {
  const call = tencentSdk(credentials)
  const { KeyId: elsewhere } = await call('CreateKey', {
    Alias: 'elsewhere',
    HsmClusterId: credentials.clusters[1],
  })
  const made = await Promise.all(
    Array.from({ length: kept }, () =>
      call('GenerateDataKey', { KeyId: credentials.keyId, KeySpec: 'AES_256' }),
    ),
  )
  return { elsewhere: String(elsewhere), made: made as unknown as DataKey[] }
}

export interface LoadPlan {
  readonly elsewhere: string
  readonly made: readonly DataKey[]
}

/** Starts the clients. Data keys made under way are opened too, so that a damaged one is seen. */
export function startLoad(credentials: CredentialsFile, plan: LoadPlan): Load {
  const call = tencentSdk(credentials)
  const outcomes: Outcome[] = []
  const made = [...plan.made]
  let [running, count] = [true, 0]
  const request = (work: Work) => requests(call, credentials.keyId, plan.elsewhere, made)[work](count++)
  const client = async (work: Work) => {
    while (running) {
      const started = performance.now()
      const code = await request(work).catch(codeOf)
      outcomes.push({ work, started, ended: performance.now(), ...(code === undefined ? {} : { code }) })
      await sleep(pauses[work])
    }
  }
  const all = Object.entries(clients).flatMap(([work, number]) =>
    Array.from({ length: number }, () => client(work as Work)),
  )
  return {
    outcomes,
    async stop() {
      running = false
      await Promise.all(all)
    },
  }
}

type Request = (count: number) => Promise<string | undefined>

// Each does one request and gives what is wrong with a reply that came.
function requests(
  call: Call,
  KeyId: string,
  elsewhere: string,
  made: DataKey[],
): Readonly<Record<Work, Request>> {
  return {
    async GenerateDataKey(count) {
      made[count % kept] = (await call('GenerateDataKey', {
        KeyId,
        KeySpec: 'AES_256',
      })) as unknown as DataKey
      return undefined
    },
    async Decrypt(count) {
      const wanted = made[(count * 7) % kept]
      const { Plaintext } = await call('Decrypt', { CiphertextBlob: wanted?.CiphertextBlob })
      return Plaintext === wanted?.Plaintext ? undefined : 'a data key that came back changed'
    },
    async CreateKey() {
      await call('CreateKey', { Alias: `load-${process.hrtime.bigint()}` })
      return undefined
    },
    async 'other cluster'() {
      await call('GenerateDataKey', { KeyId: elsewhere, KeySpec: 'AES_256' })
      return undefined
    },
  }
}

function codeOf(error: unknown): string {
  const { code, message } = error as { code?: unknown; message?: unknown }
  return String(code ?? message)
}
