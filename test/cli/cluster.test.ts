// `cluster`: status, verify, another member, and a latch that only an operator opens.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { send } from '../support/raw.ts'
import { tencentSdk } from '../support/sdks.ts'
import { makeHome, startMirror, type TestHome } from '../support/server.ts'

async function json(home: TestHome, ...args: string[]) {
  const { code, stdout, stderr } = await home.run(...args, '--json')
  return { code, stderr, output: stdout === '' ? undefined : JSON.parse(stdout) }
}

t.test('status and verify of a new home', async (t) => {
  const home = makeHome(t)
  await home.run('init')
  const [first, second] = home.credentials().clusters
  const { code, output } = await json(home, 'cluster', 'status')
  t.equal(code, 0)
  t.match(output, {
    clusters: [
      { id: first, members: [{ name: 'a1', state: 'ready', token: { label: 'p11kms-a' } }] },
      { id: second, members: [{ name: 'b1', state: 'ready' }] },
    ],
  })
  const verified = await json(home, 'cluster', 'verify')
  t.equal(verified.code, 0)
  t.match(verified.output, {
    ok: true,
    clusters: [{ members: [{ absent: [], wrong: [], strange: [] }] }, {}],
  })
  t.match((await home.run('cluster', 'status')).stdout, /cls-hsm-dev00001\n {2}a1 {2}ready, p11kms-a/)
  t.match((await home.run('cluster', 'verify')).stdout, /a1 {2}0 absent, 0 wrong, 0 strange/)
})

t.test('a second member serves the cluster, comes and goes, and no client notices', async (t) => {
  const home = makeHome(t)
  await home.run('init')
  const [cluster = ''] = home.credentials().clusters
  const added = await json(home, 'cluster', 'add-member', cluster, 'a2')
  t.equal(added.code, 0, added.stderr)
  t.match(readFileSync(join(home.home, 'config.yaml'), 'utf8'), /# Configuration of p11kms/, 'comments stay')
  await startMirror(t, added.output.directories)
  const server = await home.serve()
  const ready = JSON.parse((await send(server.host, { path: '/readyz' })).body)
  t.match(ready.clusters[cluster], {
    ready: true,
    members: [{ state: 'ready' }, { name: 'a2', state: 'ready' }],
  })
  const call = tencentSdk(home.credentials())
  const { KeyId } = await call('CreateKey', { Alias: 'on-both' })
  let running = true
  const errors: unknown[] = []
  const client = async () => {
    while (running)
      await call('GenerateDataKey', { KeyId, KeySpec: 'AES_256' }).catch((error) => errors.push(error))
  }
  const clients = Array.from({ length: 8 }, client)
  for (let kill = 0; kill < 6; kill++) {
    const pids = server.tokenPids()
    const pid = pids[kill % pids.length]
    if (pid !== undefined) process.kill(pid, 'SIGKILL')
    await new Promise((resolve) => setTimeout(resolve, 200))
  }
  running = false
  await Promise.all(clients)
  t.same(errors, [])
  for (const [args, problem] of [
    [['none', 'a3'], 'there is no cluster none'],
    [[cluster, 'a2'], `${cluster} has a member a2 already`],
  ] as const)
    t.match(await home.run('cluster', 'add-member', ...args), { code: 1, stderr: `p11kms: ${problem}\n` })
})

t.test('a wrong PIN: latched over restarts, said by /readyz, opened by an operator', async (t) => {
  const home = makeHome(t)
  await home.run('init')
  const [cluster = '', second = ''] = home.credentials().clusters
  const file = join(home.home, 'pin-b')
  const pin = readFileSync(file, 'utf8')
  writeFileSync(file, 'not-the-pin\n')
  for (const start of ['the first', 'the next']) {
    const server = await home.serve()
    const { status, body } = await send(server.host, { path: '/readyz' })
    t.equal(status, 503, start)
    t.match(JSON.parse(body).clusters, {
      [cluster]: { ready: true },
      [second]: { ready: false, members: [{ name: 'b1', state: 'latched' }] },
    })
    t.ok((await tencentSdk(home.credentials())('GenerateRandom', { NumberOfBytes: 8 })).Plaintext)
    const attempts = server.output.filter((line) => line.includes('CKR_PIN_INCORRECT'))
    t.equal(attempts.length > 0, start === 'the first', 'only one start has tried it')
    t.notMatch(server.output.join('\n'), 'not-the-pin')
    if (start === 'the next') {
      writeFileSync(file, pin)
      t.match(await json(home, 'cluster', 'open', second, 'b1'), { code: 0, output: { opened: true } })
      const end = Date.now() + 15_000
      while ((await send(server.host, { path: '/readyz' })).status !== 200 && Date.now() < end)
        await new Promise((resolve) => setTimeout(resolve, 100))
      t.equal((await send(server.host, { path: '/readyz' })).status, 200, 'without a restart')
    }
    await server.stop()
  }
  const again = await home.run('cluster', 'open', second, 'b1')
  t.match(again, { code: 1, stderr: `p11kms: ${second} has no latched member b1\n` })
})
