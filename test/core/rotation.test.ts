// Rotations that fail or are cut off: the key keeps the version it had, and nothing is left behind.
import { randomUUID } from 'node:crypto'
import t from 'tap'
import { rotateDueKeys, settleKeys } from '../../src/core/maintenance.ts'
import type { Hsm } from '../../src/core/ports.ts'
import { plainKey } from '../support/keys.ts'
import { createTestServices, loseAcknowledgement } from '../support/services.ts'

const rules = { scheduledOnly: false, earliest: () => 0, versions: null }
const page = { offset: 0, limit: 10 }

t.test('a token that is away during a rotation costs nothing', async (t) => {
  const { services, kms, caller } = await createTestServices()
  const key = await kms.createKey(caller, plainKey)
  const { createKey } = services.hsm
  Object.assign(services.hsm, { createKey: () => Promise.reject(new Error('token away')) })
  await t.rejects(kms.rotateKey(caller, { key: { keyId: key.id }, rules }), /token away/)
  Object.assign(services.hsm, { createKey })
  t.same(await services.store.unsettledVersions(), [], 'the row is gone')
  t.match(await kms.describeKey(caller, { key: { keyId: key.id } }), {
    primaryVersionId: key.primaryVersionId,
  })
  t.ok((await kms.rotateKey(caller, { key: { keyId: key.id }, rules })).rotatedAt)
})

t.test('what an absent token left is settled when it is back', async (t) => {
  const { services, kms, caller, clock } = await createTestServices()
  const key = await kms.createKey(caller, plainKey)
  const { createKey, destroyKey } = services.hsm
  const away = () => Promise.reject(new Error('token away'))
  Object.assign(services.hsm, { createKey: away, destroyKey: away })
  await t.rejects(kms.rotateKey(caller, { key: { keyId: key.id }, rules }), /token away/)
  const [left] = await services.store.unsettledVersions()
  t.match(left, { keyId: key.id, clusterId: key.clusterId, createdAt: clock(), givenUp: true })
  await t.rejects(kms.rotateKey(caller, { key: { keyId: key.id }, rules }), { code: 'rotation-refused' })
  t.equal((await services.store.listVersions(key.id, page)).total, 1, 'it is not shown')
  t.equal(await services.store.keyOfVersion(left?.versionId ?? ''), undefined)
  t.same((await settleKeys(services)).versions, [], 'not while the token is away')
  const destroyed: string[] = []
  Object.assign(services.hsm, {
    createKey,
    destroyKey: (clusterId: string, versionId: string) => {
      destroyed.push(versionId)
      return destroyKey.call(services.hsm, clusterId, versionId)
    },
  })
  t.same((await settleKeys(services, 1000)).versions, [left?.versionId])
  t.same(destroyed, [left?.versionId], 'its object too')
  t.ok((await kms.rotateKey(caller, { key: { keyId: key.id }, rules })).rotatedAt)
})

t.test(
  'a version that may be on a token, though its making failed, is given up for a fresh one',
  async (t) => {
    const { services, kms, caller } = await createTestServices()
    const { hsm, store } = services
    const { createKey } = hsm
    const ids: string[] = []
    Object.assign(hsm, {
      async createKey(...[clusterId, id, label, renew]: Parameters<Hsm['createKey']>) {
        await createKey.call(hsm, clusterId, id, label)
        const renewed = await renew?.()
        if (renewed === undefined) throw new Error('no further attempt')
        ids.push(id, renewed.keyVersionId)
        return createKey.call(hsm, clusterId, renewed.keyVersionId, renewed.label)
      },
    })
    const key = await kms.createKey(caller, { ...plainKey, alias: 'a' })
    t.equal(key.primaryVersionId, ids[1])
    t.equal((await store.key(key.id))?.primaryVersionId, ids[1])
    Object.assign(hsm, { createKey })
    t.same((await settleKeys(services)).versions, [ids[0]])
    await t.rejects(hsm.wrap(key.clusterId, ids[0] ?? '', Buffer.alloc(8), Buffer.alloc(32)), {
      code: 'unavailable',
    })
    t.match(await store.key(key.id), { primaryVersionId: ids[1], state: 'Enabled' })
    t.equal((await store.listVersions(key.id, page)).total, 1)
    const [, wanted] = (await store.checkValues(key.clusterId)).find(([id]) => id === ids[1]) ?? []
    t.ok(wanted)
  },
)

t.test(
  'what a crash cut off is settled at once where nobody else can be at it, or when it is old',
  async (t) => {
    const { services, kms, caller, clock } = await createTestServices()
    const key = await kms.createKey(caller, plainKey)
    const begin = () =>
      services.store.transact((writer) => writer.insertVersion(key.id, randomUUID(), clock()))
    await begin()
    t.match(await services.store.unsettledVersions(), [{ givenUp: false }])
    t.same((await settleKeys(services, 1000)).versions, [], 'it may still be under way')
    clock.advance(1000)
    t.equal((await settleKeys(services, 1000)).versions.length, 1)
    await begin()
    t.equal((await settleKeys(services)).versions.length, 1)
    t.ok((await kms.rotateKey(caller, { key: { keyId: key.id }, rules })).rotatedAt)
  },
)

t.test('a rotation whose last write was kept although it failed is not taken back', async (t) => {
  const { services, kms, caller } = await createTestServices()
  const key = await kms.createKey(caller, plainKey)
  loseAcknowledgement(services, 2)
  await t.rejects(kms.rotateKey(caller, { key: { keyId: key.id }, rules }), /lost/)
  const { primaryVersionId } = await kms.describeKey(caller, { key: { keyId: key.id } })
  t.not(primaryVersionId, key.primaryVersionId)
  const made = await kms.generateDataKey(caller, { key: { keyId: key.id }, length: 8, context: {} })
  t.equal(made.envelope.keyVersionId, primaryVersionId, 'its object is there')
})

t.test('a key that goes while it is rotated leaves no object', async (t) => {
  const { services, kms, caller } = await createTestServices()
  const key = await kms.createKey(caller, plainKey)
  const { hsm, store } = services
  const { createKey, destroyKey } = hsm
  const destroyed: string[] = []
  Object.assign(hsm, {
    createKey: async (...args: Parameters<typeof createKey>) => {
      await store.transact((writer) => writer.markDestroying(key.id))
      return createKey.apply(hsm, args)
    },
    destroyKey: (clusterId: string, versionId: string) => {
      destroyed.push(versionId)
      return destroyKey.call(hsm, clusterId, versionId)
    },
  })
  await t.rejects(kms.rotateKey(caller, { key: { keyId: key.id }, rules }), { code: 'key-not-found' })
  t.equal(destroyed.length, 1)
  t.not(destroyed[0], key.primaryVersionId)
})

t.test('a rotation that cannot be done when it is due is tried again', async (t) => {
  const { services, kms, caller, clock } = await createTestServices()
  const key = await kms.createKey(caller, { ...plainKey, rotationInterval: 1000 })
  clock.advance(1000)
  const { createKey } = services.hsm
  Object.assign(services.hsm, { createKey: () => Promise.reject(new Error('token away')) })
  t.same(await rotateDueKeys(services), { rotated: [], failed: [{ keyId: key.id, cause: 'token away' }] })
  Object.assign(services.hsm, { createKey })
  t.same(await rotateDueKeys(services), { rotated: [key.id], failed: [] })
})

t.test('what happened to a key since it was found due is looked at when its rotation begins', async (t) => {
  const { services, kms, caller, clock } = await createTestServices()
  const keys = [
    await kms.createKey(caller, { ...plainKey, rotationInterval: 1000 }),
    await kms.createKey(caller, { ...plainKey, rotationInterval: 1000 }),
  ]
  clock.advance(1000)
  const { createKey } = services.hsm
  Object.assign(services.hsm, {
    createKey: async (...args: Parameters<typeof createKey>) => {
      // While the first is rotated, the second is disabled.
      for (const { id } of keys)
        await services.store.transact((writer) => writer.setState(id, 'Disabled', null))
      return createKey.apply(services.hsm, args)
    },
  })
  const { rotated, failed } = await rotateDueKeys(services)
  t.equal(rotated.length, 1)
  t.same(failed, [], 'not being due any more is no failure')
})

t.test('a key disabled while it is being rotated by hand is refused in the write', async (t) => {
  const { services, kms, caller } = await createTestServices()
  const key = await kms.createKey(caller, plainKey)
  const { transact } = services.store
  Object.assign(services.store, {
    transact: async (write: Parameters<typeof transact>[0]) => {
      Object.assign(services.store, { transact })
      await transact((writer) => writer.setState(key.id, 'Disabled', null))
      return transact(write)
    },
  })
  await t.rejects(kms.rotateKey(caller, { key: { keyId: key.id }, rules }), { code: 'key-state-refuses-use' })
})

t.test('a version that was given up is never made the primary one', async (t) => {
  const { services, kms, caller } = await createTestServices()
  const key = await kms.createKey(caller, plainKey)
  const { createKey } = services.hsm
  Object.assign(services.hsm, {
    createKey: async (...args: Parameters<typeof createKey>) => {
      const made = await createKey.apply(services.hsm, args)
      await settleKeys(services)
      return made
    },
  })
  await t.rejects(kms.rotateKey(caller, { key: { keyId: key.id }, rules }), { code: 'rotation-refused' })
  t.match(await kms.describeKey(caller, { key: { keyId: key.id } }), {
    primaryVersionId: key.primaryVersionId,
  })
  t.same(await services.store.unsettledVersions(), [])
})
