// A wrong PIN reaches the token exactly once: counted by the fault module over requests, workers, restarts and commands.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { parse } from 'yaml'
import { editConfig } from '../../src/config.ts'
import { createFaults } from '../support/fault.ts'
import { send } from '../support/raw.ts'
import { popCore, tencentSdk } from '../support/sdks.ts'
import { makeHome } from '../support/server.ts'

for (const workers of ['1', '2']) {
  t.test(`one C_Login with a wrong PIN, whatever happens; workers: ${workers}`, async (t) => {
    const home = makeHome(t, { P11KMS_WORKERS: workers })
    await home.run('init')
    const [, second = ''] = home.credentials().clusters
    const { KeyId } = await (async () => {
      const server = await home.serve()
      const made = await tencentSdk(home.credentials())('CreateKey', { Alias: 'b', HsmClusterId: second })
      await server.stop()
      return made
    })()
    const path = ['clusters', 1, 'members', 0] as const
    const config = parse(readFileSync(join(home.home, 'config.yaml'), 'utf8'))
    const member = config.clusters[1].members[0]
    const faults = createFaults(t, member.module)
    const pin = readFileSync(join(home.home, 'pin-b'), 'utf8')
    writeFileSync(join(home.home, 'pin-b'), 'not-the-pin\n')
    editConfig(home.home, path, {
      ...member,
      module: faults.module,
      env: { ...member.env, ...faults.env },
      processes: 3,
    })
    for (let start = 0; start < 3; start++) {
      const server = await home.serve()
      const [tencent, alibaba] = [tencentSdk(home.credentials()), popCore(home.credentials())]
      for (let count = 0; count < 10; count++) {
        await t.rejects(tencent('GenerateDataKey', { KeyId, KeySpec: 'AES_256' }), { code: 'InternalError' })
        await t.rejects(alibaba('GenerateDataKey', { KeyId }), { code: 'ServiceUnavailableTemporary' })
      }
      t.equal((await send(server.host, { path: '/readyz' })).status, 503)
      await server.stop(start === 1 ? 'SIGKILL' : 'SIGTERM')
      for (const command of [['cluster', 'status'], ['doctor'], ['user', 'create', `u${start}`]])
        await home.run(...command)
      t.equal(faults.count('C_Login'), 1, `after start ${start + 1}`)
    }
    writeFileSync(join(home.home, 'pin-b'), pin)
    await home.serve()
    t.equal(faults.count('C_Login'), 1, 'a changed PIN alone opens nothing')
    t.equal((await home.run('cluster', 'open', second, 'b1')).code, 0)
    const end = Date.now() + 15_000
    const call = tencentSdk(home.credentials())
    const works = () =>
      call('GenerateDataKey', { KeyId, KeySpec: 'AES_256' }).then(
        () => true,
        () => false,
      )
    while (!(await works()) && Date.now() < end) await new Promise((resolve) => setTimeout(resolve, 100))
    t.ok(await works(), 'an operator opens it, without a restart')
  })
}
