// Several HTTP processes of one node: what they share, and what clients notice when they die or end.
import { readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import t from 'tap'
import { editConfig } from '../../src/config.ts'
import { startPressure } from '../support/pressure.ts'
import { alibabaRequest, send, tencentRequest } from '../support/raw.ts'
import { makeHome, startHome, type TestHome, type TestServer } from '../support/server.ts'
import { eventually } from '../support/until.ts'

const two = { P11KMS_WORKERS: '2' }
const kill = (pid: number) => process.kill(pid, 'SIGKILL')
const chains = (home: string) => {
  const files = readdirSync(join(home, 'audit')).filter((name) => name.endsWith('.jsonl'))
  const calls = (file: string) =>
    readFileSync(join(home, 'audit', file), 'utf8').split('"type":"call"').length - 1
  return Object.entries(Object.groupBy(files, (file) => file.split('.')[0] ?? '')).map(
    ([chain, of = []]) => [chain, of.reduce((sum, file) => sum + calls(file), 0)] as const,
  )
}
const lines = (server: TestServer, text: string) => server.output.filter((line) => line.includes(text))
const verify = async (home: TestHome) => JSON.parse((await home.run('audit', 'verify', '--json')).stdout)

t.test('two workers serve at one address, and are one service for limits and nonces', async (t) => {
  const home = makeHome(t, two)
  await home.run('init')
  const rate = 5
  editConfig(home.home, ['limits', 'rates'], { tencent: { ListKeys: rate } })
  const server = await home.serve()
  const credentials = home.credentials()
  t.equal(server.workerPids().length, 2)
  t.equal(lines(server, 'p11kms listening on').length, 1)
  const load = startPressure(credentials)
  t.ok(await eventually(() => chains(home.home).filter(([, calls]) => calls > 0).length === 2), 'both serve')
  await load.stop()
  t.match(load, { wrong: [], failed: [] })

  const started = performance.now()
  const asked = Array.from({ length: 60 }, () => {
    const { method, path, headers, body } = tencentRequest(credentials, 'ListKeys', {})
    return send(server.host, { method, path, headers: { ...headers, connection: 'close' }, body })
  })
  const bodies = (await Promise.all(asked)).map(({ body }) => body)
  const windows = Math.ceil((performance.now() - started) / 1000)
  const listed = bodies.filter((body) => body.includes('"Keys"')).length
  t.ok(listed >= rate && listed <= rate * windows, `${listed} of 60 in ${windows} s at ${rate} a second`)
  t.equal(bodies.filter((body) => body.includes('RequestLimitExceeded')).length, 60 - listed)

  const { method, path, headers, body } = alibabaRequest(credentials, 'ListKeys', {})
  const same = { method, path, headers: { ...headers, connection: 'close' }, body }
  const answers = await Promise.all(Array.from({ length: 16 }, () => send(server.host, same)))
  t.equal(answers.filter(({ status }) => status === 200).length, 1)
  t.equal(answers.filter(({ body }) => body.includes('SignatureNonceUsed')).length, 15)
  t.equal(await server.stop(), 0)
  t.match(await verify(home), { ok: true })
  await (await home.serve({ P11KMS_WORKERS: '1' })).stop()
  t.match(await verify(home), { ok: true }, 'the lines of a worker that is no more still count')
  for (const file of readdirSync(join(home.home, 'audit')))
    if (file.includes('-2.')) rmSync(join(home.home, 'audit', file))
  t.match(await verify(home), {
    ok: false,
    wrong: { file: /-2\.000001\.jsonl$/, problem: /the token has seen/ },
  })
})

t.test('kill -9 of workers under load: replaced; only requests on their own connections fail', async (t) => {
  const home = await startHome(t, two)
  const { server } = home
  const connections = 8
  const load = startPressure(home.credentials(), { connections })
  const kills = 3
  for (let count = 0; count < kills; count++) {
    const before = load.served
    await eventually(() => load.served > before + 50)
    const [pid = 0] = server.workerPids()
    kill(pid)
    t.ok(await eventually(() => lines(server, 'worker ready').length === count + 3), 'there is another')
    t.equal(lines(server, 'worker ended, replacing it').length, count + 1)
  }
  const before = load.served
  t.ok(await eventually(() => load.served > before + 50))
  await load.stop()
  t.same(load.wrong, [])
  t.ok(
    load.failed.length <= kills * connections,
    `${load.failed.length} connections lost, ${load.served} served`,
  )
  t.ok(
    load.failed.every((code) => code === 'ECONNRESET' || code === 'EPIPE'),
    `none refused: ${[...new Set(load.failed)]}`,
  )
  t.match(await verify(home), { ok: true }, 'the log is whole while they serve')
  t.equal(await server.stop(), 0)
  const { ok, records } = await verify(home)
  t.ok(ok && records >= load.served, `${records} records of ${load.served} calls`)
})

t.test('SIGTERM under load: no reply is cut, and everything is gone', async (t) => {
  for (const workers of ['1', '2']) {
    const home = await startHome(t, { P11KMS_WORKERS: workers })
    const { server } = home
    const load = startPressure(home.credentials(), { connections: 16, onFailure: 'stop' })
    await eventually(() => load.served > 100)
    const pids = server.workerPids()
    t.equal(await server.stop(), 0)
    await load.stop()
    t.same(load.wrong, [])
    // Who comes when it is over is refused; nobody who was heard goes without an answer.
    t.same(
      load.failed.filter((code) => code !== 'ECONNREFUSED'),
      [],
      `${workers}: ${load.served} served`,
    )
    for (const pid of pids) t.throws(() => process.kill(pid, 0))
    const { ok, records } = await verify(home)
    t.ok(ok && records === load.served, `${records} records`)
  }
})

t.test('workers that cannot start are tried again at growing intervals, each said once', async (t) => {
  const home = await startHome(t, two)
  const { server } = home
  const audit = join(home.home, 'audit')
  renameSync(audit, `${audit}.away`)
  writeFileSync(audit, '')
  for (const pid of server.workerPids()) kill(pid)
  t.ok(await eventually(() => lines(server, 'worker did not start, trying again').length >= 4))
  t.equal(lines(server, 'worker ended, replacing it').length, 2)
  t.ok(lines(server, 'worker did not start').length <= 8, 'and no more often than that')
  rmSync(audit)
  renameSync(`${audit}.away`, audit)
  const ready = () =>
    send(server.host, { path: '/readyz' }).then(
      ({ status }) => status === 200,
      () => false,
    )
  t.ok(await eventually(ready), 'at the same address')
  t.equal(lines(server, 'p11kms listening on').length, 1)
  t.equal(await server.stop(), 0)
})

t.test(
  'a worker that no longer answers is replaced, and what it was given is served by others',
  async (t) => {
    const home = await startHome(t, two)
    const { server } = home
    const [hung = 0] = server.workerPids()
    process.kill(hung, 'SIGSTOP')
    const asked = Array.from({ length: 8 }, () => send(server.host, { path: '/healthz' }))
    t.ok((await Promise.all(asked)).every(({ status }) => status === 200))
    t.match(lines(server, 'worker ended, replacing it'), [/no answer/])
    t.ok(await eventually(() => lines(server, 'worker ready').length === 3))
    t.notOk(server.workerPids().includes(hung))
    t.equal(await server.stop(), 0)
  },
)

t.test('connections are counted over all workers', async (t) => {
  const limits = { P11KMS_LISTEN_CONNECTIONS: '6', P11KMS_LISTEN_CONNECTIONS_PER_ADDRESS: '4' }
  const { server } = await startHome(t, { ...two, ...limits })
  const port = Number(new URL(server.url).port)
  const open = (localAddress: string) => {
    const socket = connect({ port, host: '127.0.0.1', localAddress }).on('error', () => {})
    t.teardown(() => socket.destroy())
    // Its request is never whole: nobody answers, and it stays.
    socket.once('connect', () => socket.write('GET /healthz HTTP/1.1\r\n'))
    return socket
  }
  const openFrom = (address: string, count: number) => Array.from({ length: count }, () => open(address))
  const refused = (address: string) =>
    send(server.host, { path: '/healthz', localAddress: address }).then(
      () => false,
      () => true,
    )
  const first = openFrom('127.0.0.1', 4)
  t.ok(await eventually(() => refused('127.0.0.1'), 'one address has its share'))
  t.notOk(await refused('127.0.0.2'))
  const second = openFrom('127.0.0.2', 2)
  t.ok(await eventually(() => refused('127.0.0.3'), 'all together have theirs'))
  first[0]?.destroy()
  t.ok(await eventually(async () => !(await refused('127.0.0.3')), 'one that ends gives its place back'))
  for (const pid of server.workerPids()) kill(pid)
  t.ok(await eventually(() => [...first, ...second].every(({ closed }) => closed)))
  t.ok(await eventually(() => lines(server, 'worker ready').length === 4))
  for (const socket of openFrom('127.0.0.1', 3)) t.ok(await eventually(() => socket.readyState === 'open'))
  t.notOk(await refused('127.0.0.1'), 'and so do those of a worker that dies')
  t.equal(await server.stop(), 0)
})
