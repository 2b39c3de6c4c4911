// Deletion at its date, and what a crash or an absent token left behind.
import t from 'tap'
import { destroyDueKeys, giveUpUnfinished, settleKeys } from '../../src/core/maintenance.ts'
import { lifecycle } from '../../src/dialects/tencent/lifecycle.ts'
import { intendedKey, plainKey } from '../support/keys.ts'
import { clusterIds, createTestServices, loseAcknowledgement, startTime } from '../support/services.ts'

const day = 86_400_000

t.test('a key is gone at its date, and its object destroyed soon after', async (t) => {
  const { services, kms, caller, clock } = await createTestServices()
  const { id, clusterId, primaryVersionId } = await kms.createKey(caller, { ...plainKey, alias: 'a' })
  const key = { keyId: id }
  await kms.changeKeyState(caller, { key, event: 'disable', lifecycle })
  const scheduled = await kms.scheduleKeyDeletion(caller, { key, days: 7, lifecycle })
  t.equal(scheduled.deletionAt, startTime + 7 * day)
  clock.set(startTime + 7 * day - 1)
  t.same((await destroyDueKeys(services)).destroyed, [])
  t.equal((await kms.describeKey(caller, { key })).state, 'PendingDeletion')
  clock.set(startTime + 7 * day)
  await t.rejects(kms.describeKey(caller, { key }), { code: 'key-not-found' })
  await t.rejects(kms.describeKey(caller, { key: { alias: 'a' } }), { code: 'alias-not-found' })
  await t.rejects(kms.changeKeyState(caller, { key, event: 'cancel-deletion', lifecycle }), {
    code: 'key-not-found',
  })
  t.same((await destroyDueKeys(services)).destroyed, [id])
  const binding = Buffer.alloc(32)
  await t.rejects(services.hsm.generate(clusterId, primaryVersionId, 8, binding), { code: 'unavailable' })
  t.equal(await services.store.countKeys(caller.accountId), 0)
})

t.test('a creation the token failed leaves nothing, and its name is free again', async (t) => {
  const { services, kms, caller } = await createTestServices()
  const { createKey } = services.hsm
  Object.assign(services.hsm, { createKey: () => Promise.reject(new Error('token')) })
  await t.rejects(kms.createKey(caller, { ...plainKey, alias: 'a' }), /token/)
  Object.assign(services.hsm, { createKey })
  t.equal((await kms.createKey(caller, { ...plainKey, alias: 'a' })).alias, 'a')
  t.same(await services.store.unsettledKeys(), [])
})

t.test('what could not be undone is settled when the token is back', async (t) => {
  const { services, kms, caller } = await createTestServices()
  const { createKey, destroyKey } = services.hsm
  const fail = () => Promise.reject(new Error('token'))
  Object.assign(services.hsm, { createKey: fail, destroyKey: fail })
  await t.rejects(kms.createKey(caller, { ...plainKey, alias: 'a' }), /token/)
  const [row] = await services.store.unsettledKeys()
  t.same((await settleKeys(services)).failed, [row?.keyId])
  Object.assign(services.hsm, { createKey, destroyKey })
  t.same((await destroyDueKeys(services)).destroyed, [row?.keyId])
  t.ok((await kms.createKey(caller, { ...plainKey, alias: 'a' })).id)
})

t.test(
  'a creation that a crash cut off is withdrawn when it is old, or nobody else can be at it',
  async (t) => {
    const { services, clock } = await createTestServices()
    const begin = async () => {
      const key = intendedKey({ clusterId: clusterIds[0], createdAt: clock() })
      await services.store.transact((writer) => writer.insertIntent({ key }))
      return key.id
    }
    const first = await begin()
    t.same((await destroyDueKeys(services)).withdrawn, [], 'it may still be under way')
    clock.advance(600_000)
    t.same((await destroyDueKeys(services)).withdrawn, [first])
    const second = await begin()
    t.same((await settleKeys(services)).withdrawn, [second])
  },
)

t.test('a creation that was given up meanwhile is not acknowledged, and leaves nothing', async (t) => {
  const { services, kms, caller } = await createTestServices()
  const { createKey } = services.hsm
  Object.assign(services.hsm, {
    createKey: async (...args: Parameters<typeof createKey>) => {
      await giveUpUnfinished(services, 0)
      return createKey.apply(services.hsm, args)
    },
  })
  await t.rejects(kms.createKey(caller, { ...plainKey, alias: 'a' }), { code: 'unavailable' })
  t.equal(await services.store.countKeys(caller.accountId), 0)
})

t.test('a key whose last write was kept although it failed is gone whole', async (t) => {
  const { services, kms, caller } = await createTestServices()
  loseAcknowledgement(services, 2)
  await t.rejects(kms.createKey(caller, { ...plainKey, alias: 'a' }), /lost/)
  t.equal(await services.store.keyByAlias(caller.accountId, 'a'), undefined)
  t.equal(await services.store.countKeys(caller.accountId), 0)
})

t.test('tags and quota are checked before anything is made', async (t) => {
  const tagRegistry = [{ key: 'env', values: ['dev'] }]
  const { services, kms, caller } = await createTestServices({
    quotas: { cmk: 1, dataKey: null },
    tagRegistry,
  })
  const tags = (...list: [string, string][]) => ({
    ...plainKey,
    tags: list.map(([key, value]) => ({ key, value })),
  })
  await t.rejects(kms.createKey(caller, tags(['env', 'prod'])), { code: 'tag-not-existed' })
  await t.rejects(kms.createKey(caller, tags(['x', 'dev'])), { code: 'tag-not-existed' })
  await t.rejects(kms.createKey(caller, tags(['env', 'dev'], ['env', 'dev'])), {
    code: 'tag-keys-duplicated',
  })
  t.equal(await services.store.countKeys(caller.accountId), 0)
  await kms.createKey(caller, tags(['env', 'dev']))
  await t.rejects(kms.createKey(caller, plainKey), { code: 'cmk-quota-exceeded' })
})
