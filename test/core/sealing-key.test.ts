// The key that seals access keys' secrets: made once, however many need it first.
import t from 'tap'
import { createCredentialReader, storeCredential } from '../../src/core/credentials.ts'
import type { Hsm } from '../../src/core/ports.ts'
import { openStore } from '../../src/store/store.ts'
import { createFakeHsm } from '../support/fake-hsm.ts'
import {
  accountId,
  alibabaKey,
  clusterIds,
  createTestServices,
  startTime,
  tencentKey,
} from '../support/services.ts'

async function sealTwoAtOnce(hsm: Hsm) {
  const store = await openStore('sqlite::memory:')
  t.teardown(() => store.close())
  await store.transact((writer) =>
    writer.insertAccount({ id: accountId, name: 'test', status: 'Active', createdAt: startTime }),
  )
  const { services } = await createTestServices({ store, hsm })
  const keys = [alibabaKey, tencentKey]
  await Promise.all(keys.map((key) => storeCredential(services, { ...key, accountId })))
  const read = createCredentialReader(services)
  return Promise.all(
    keys.map(async ({ accessKeyId, secret }) => (await read(accessKeyId))?.secret === secret),
  )
}

t.test(
  'of two that are made at one time the first in the store stays, and the other is destroyed',
  async (t) => {
    const hsm = createFakeHsm(clusterIds)
    const { createKey, destroyKey } = hsm
    const [made, destroyed]: [string[], string[]] = [[], []]
    Object.assign(hsm, {
      createKey: (clusterId: string, id: string, label: string) => {
        made.push(id)
        return createKey.call(hsm, clusterId, id, label)
      },
      destroyKey: (clusterId: string, id: string) => {
        destroyed.push(id)
        return destroyKey.call(hsm, clusterId, id)
      },
    })
    t.same(await sealTwoAtOnce(hsm), [true, true])
    t.equal(made.length, 2)
    t.same(destroyed, made.slice(1))
  },
)

t.test('one that cannot be destroyed is in nobody’s way', async (t) => {
  const hsm = createFakeHsm(clusterIds)
  Object.assign(hsm, { destroyKey: () => Promise.reject(new Error('away')) })
  t.same(await sealTwoAtOnce(hsm), [true, true])
})
