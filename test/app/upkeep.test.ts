// Upkeep of several nodes that share a store and their tokens: each piece of work is done once, whoever does it.
import t from 'tap'
import { maintain, type Upkeep } from '../../src/app/upkeep.ts'
import { destroyDueKeys, rotateDueKeys } from '../../src/core/maintenance.ts'
import type { Services } from '../../src/core/services.ts'
import { createLog } from '../../src/log.ts'
import { type OpenStore, openStore } from '../../src/store/store.ts'
import { plainKey } from '../support/keys.ts'
import { testPostgres, withoutPostgres } from '../support/postgres.ts'
import { createTestServices } from '../support/services.ts'

function upkeepOf(services: Services, store: OpenStore, done: string[]): Upkeep {
  const lines = { write: (line: string) => void done.push(line) }
  return {
    log: createLog('info', lines),
    exclusively: (work) => store.exclusively(work),
    destroyDueKeys: () => destroyDueKeys(services),
    rotateDueKeys: () => rotateDueKeys(services),
  }
}

t.test('on PostgreSQL', { skip: withoutPostgres }, async (t) => {
  const url = testPostgres().makeDatabase()
  const stores = [await openStore(url), await openStore(url), await openStore(url)] as const
  t.teardown(() => Promise.all(stores.map((store) => store.close())))
  const { services, kms, caller, clock } = await createTestServices({ store: stores[0] })
  const nodes = stores.map((store) => ({ ...services, store }))

  t.test('what is due is done once, by whoever comes first', async (t) => {
    const rotating = await kms.createKey(caller, { ...plainKey, rotationInterval: 1000 })
    const ending = await kms.createKey(caller, plainKey)
    await stores[0].transact((writer) => writer.setState(ending.id, 'PendingDeletion', clock() + 1000))
    clock.advance(1000)
    const destroyed: string[] = []
    const { destroyKey } = services.hsm
    Object.assign(services.hsm, {
      destroyKey: (clusterId: string, versionId: string) => {
        destroyed.push(versionId)
        return destroyKey.call(services.hsm, clusterId, versionId)
      },
    })
    const lines: string[] = []
    await Promise.all(nodes.map((node, index) => maintain(upkeepOf(node, stores[index] as OpenStore, lines))))
    t.same(destroyed, [ending.primaryVersionId])
    t.equal((await stores[1].listVersions(rotating.id, { offset: 0, limit: 10 })).total, 2, 'rotated once')
    t.equal(lines.filter((line) => line.includes('rotated keys')).length, 1)
    t.equal(await stores[2].key(ending.id), undefined)
  })

  t.test('a round that cannot be begun is told to the log, and the next one is', async (t) => {
    const lines: string[] = []
    const core = upkeepOf(services, stores[0], lines)
    await maintain({ ...core, exclusively: () => Promise.reject(new Error('away')) })
    t.match(lines, [/upkeep failed/])
    await maintain(core)
    t.equal(lines.length, 1)
  })
})
