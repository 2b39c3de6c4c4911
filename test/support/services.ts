// The whole domain over the real store in memory and a fake HSM, with one account and an access key of each cloud, for tests of dialects.
import t from 'tap'
import { createAuthorizer, type Resource } from '../../src/core/authorize.ts'
import { type CredentialReader, createCredentialReader, storeCredential } from '../../src/core/credentials.ts'
import { createDryKms } from '../../src/core/dry-run.ts'
import { createKms, type Kms } from '../../src/core/kms.ts'
import type { RateLimiter, Store } from '../../src/core/ports.ts'
import { createReplayGuard, type ReplayGuard } from '../../src/core/replay-guard.ts'
import type { Caller, Services } from '../../src/core/services.ts'
import { resourceName as alibabaResource } from '../../src/dialects/alibaba/resource.ts'
import { resourceName as tencentResource } from '../../src/dialects/tencent/resource.ts'
import { createMemoryLimiter } from '../../src/limits/memory.ts'
import { publicKeyCipher } from '../../src/public-key/cipher.ts'
import { openStore } from '../../src/store/store.ts'
import { createFakeHsm } from './fake-hsm.ts'
import { preferPostgres, testPostgres } from './postgres.ts'

export const accountId = '100000000001'
/** An account without access keys. */
export const otherAccountId = '100000000002'

/** The default cluster, and the other one. */
export const clusterIds = ['cls-hsm-dev00001', 'cls-hsm-dev00002'] as const

/** The key pair of the Alibaba vectors. */
export const alibabaKey = {
  accessKeyId: 'LTAItestAccessKeyId01',
  secret: 'testAccessKeySecret/01+Aa==',
} as const

export const tencentKey = {
  accessKeyId: 'AKIDTESTTESTTESTTESTTESTTESTTESTTEST',
  secret: 'testtesttesttesttesttesttesttest',
} as const

/** Names of resources in both clouds' forms. */
export const resourceNames = (resource: Resource): readonly string[] => {
  const tencent = tencentResource('ap-guangzhou', resource)
  const alibaba = alibabaResource('cn-hangzhou', resource)
  return tencent === undefined ? [alibaba] : [tencent, alibaba]
}

/** The present at the start of every test, which is the time of the Alibaba vectors. */
export const startTime = Date.UTC(2026, 0, 2, 3, 4, 5)

/** A clock that stands still until a test sets it. */
export interface TestClock {
  (): number
  set(milliseconds: number): void
  advance(milliseconds: number): void
}

export interface TestServices {
  readonly services: Services
  readonly kms: Kms
  readonly dryKms: Kms
  readonly credentials: CredentialReader
  /** The account, with its Alibaba access key. */
  readonly caller: Caller
  readonly clock: TestClock
  readonly replay: ReplayGuard
  readonly limiter: RateLimiter
}

/** Makes the parts. `overrides` replace members of `services`, such as `quotas`. */
export async function createTestServices(overrides: Partial<Services> = {}): Promise<TestServices> {
  const clock = createTestClock()
  const store = overrides.store ?? (await openTestStore())
  const services: Services = {
    store,
    hsm: createFakeHsm(clusterIds),
    publicKeys: publicKeyCipher,
    clock,
    authorize: createAuthorizer({ store, clock, resourceNames }),
    quotas: { cmk: null, dataKey: null },
    tagRegistry: 'open',
    ...overrides,
  }
  if ((await store.account(accountId)) === undefined) await furnish(services)
  return {
    services,
    kms: createKms(services),
    dryKms: createDryKms(services),
    credentials: createCredentialReader(services),
    caller: { accountId, accessKeyId: alibabaKey.accessKeyId, action: 'kms:Test' },
    clock,
    replay: createReplayGuard(clock),
    limiter: createMemoryLimiter(),
  }
}

async function openTestStore(): Promise<Store> {
  const store = await openStore(preferPostgres ? testPostgres().makeDatabase() : 'sqlite::memory:')
  t.teardown(() => store.close())
  return store
}

async function furnish(services: Services): Promise<void> {
  for (const id of [accountId, otherAccountId]) {
    await services.store.transact((writer) =>
      writer.insertAccount({ id, name: 'test', status: 'Active', createdAt: startTime }),
    )
  }
  for (const key of [alibabaKey, tencentKey]) await storeCredential(services, { ...key, accountId })
}

function createTestClock(): TestClock {
  let now = startTime
  const clock = () => now
  return Object.assign(clock, {
    set: (milliseconds: number) => {
      now = milliseconds
    },
    advance: (milliseconds: number) => {
      now += milliseconds
    },
  })
}

/** The write with this number from now on is kept, but its acknowledgement is lost, as when a database goes away. */
export function loseAcknowledgement({ store }: Services, number: number): void {
  const { transact } = store
  let count = 0
  Object.assign(store, {
    transact: async (write: Parameters<typeof transact>[0]) => {
      const result = await transact(write)
      if (++count === number) throw new Error('lost')
      return result
    },
  })
}

/** True when the account's listing finds the key by each of these tags. */
export async function hasTags(
  services: Services,
  keyId: string,
  tags: Readonly<Record<string, string>>,
): Promise<boolean> {
  const found = await Promise.all(
    Object.entries(tags).map(async ([key, value]) => {
      const filter = { accountId, keyIds: [keyId], tags: [{ keys: [key], values: [value] }] }
      return (await services.store.listKeys(filter, { offset: 0, limit: 1 })).total === 1
    }),
  )
  return found.every(Boolean)
}
