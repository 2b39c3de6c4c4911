// Metrics of a node of two workers: they count what happens, and every name that documents and dashboard use exists.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { editConfig } from '../../src/config.ts'
import { freePort } from '../support/free-port.ts'
import { startPressure } from '../support/pressure.ts'
import { alibabaRequest, send, tencentRequest } from '../support/raw.ts'
import { makeHome, root, startHome } from '../support/server.ts'
import { eventually } from '../support/until.ts'

/** The sum of a metric's series that carry these labels. */
function total(text: string, name: string, labels: Readonly<Record<string, string>> = {}): number {
  const wanted = Object.entries(labels).map(([label, value]) => `${label}="${value}"`)
  const series = text.split('\n').filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `))
  const chosen = series.filter((line) => wanted.every((label) => line.includes(label)))
  return chosen.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0)
}

t.test('two workers: figures of both, what is refused, what dies; and no name is made up', async (t) => {
  const home = makeHome(t, { P11KMS_WORKERS: '2' })
  await home.run('init')
  editConfig(home.home, ['limits', 'rates'], { tencent: { ListKeys: 1 } })
  const server = await home.serve()
  const credentials = home.credentials()
  const read = async () => {
    const { status, headers, body } = await send(server.host, { path: '/metrics' })
    t.equal(status, 200)
    t.match(headers['content-type'], /^text\/plain; version=0\.0\.4/)
    return body
  }
  const load = startPressure(credentials)
  await eventually(() => load.served > 100)
  await load.stop()
  await Promise.all(
    Array.from({ length: 4 }, () => send(server.host, tencentRequest(credentials, 'ListKeys', {}))),
  )
  const again = alibabaRequest(credentials, 'ListKeys', {})
  for (let count = 0; count < 2; count++) await send(server.host, again)

  const text = await read()
  const generate = { dialect: 'tencent', action: 'GenerateDataKey' }
  t.equal(total(text, 'p11kms_requests_total', { ...generate, outcome: 'OK' }), load.served)
  t.equal(total(text, 'p11kms_request_duration_seconds_count', generate), load.served)
  t.equal(total(text, 'p11kms_request_duration_seconds_bucket', { ...generate, le: '+Inf' }), load.served)
  t.ok(total(text, 'p11kms_request_duration_seconds_sum', generate) > 0)
  for (const worker of ['1', '2'])
    t.ok(total(text, 'p11kms_requests_total', { worker }) > 0, `worker ${worker}`)
  for (const stage of ['auth', 'policy', 'limits', 'queue', 'token', 'audit'])
    t.ok(total(text, 'p11kms_stage_duration_seconds_count', { stage }) > 0, stage)
  t.ok(total(text, 'p11kms_limits_hit_total', { limit: 'rate' }) > 0)
  t.equal(total(text, 'p11kms_limits_hit_total', { limit: 'nonce' }), 1)
  t.equal(total(text, 'p11kms_audit_lines_total', { result: 'written' }), load.served + 6)
  t.equal(total(text, 'p11kms_workers'), 2)
  t.equal(total(text, 'p11kms_member_state', { state: 'ready' }), 4)
  t.equal(total(text, 'p11kms_token_processes'), 4)
  t.equal(total(text, 'p11kms_store_up'), 2)

  const [pid = 0] = server.workerPids()
  process.kill(pid, 'SIGKILL')
  // The one that was killed may have had the connection.
  const now = () => read().catch(() => '')
  t.ok(await eventually(async () => total(await now(), 'p11kms_workers_replaced') === 1))
  t.ok(await eventually(async () => total(await now(), 'p11kms_workers') === 2))

  const known = [...text.matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name)
  const page = readFileSync(join(root, 'docs/operations.md'), 'utf8')
  const dashboard = readFileSync(join(root, 'docs/grafana.json'), 'utf8')
  const used = [...`${page}${dashboard}`.matchAll(/\b(?:p11kms|process|nodejs)_[a-z0-9_]+/g)].map(([name]) =>
    name.replace(/_seconds_(bucket|sum|count)$/, '_seconds'),
  )
  t.ok(used.length > 30)
  t.same(
    [...new Set(used)].filter((name) => !known.includes(name)),
    [],
  )
  const named = known.filter((name) => name?.startsWith('p11kms_'))
  t.same(
    named.filter((name) => !page.includes(`| \`${name}\` |`)),
    [],
    'every metric is on the page',
  )
})

t.test('an address of their own, and off', async (t) => {
  const own = `127.0.0.1:${await freePort()}`
  const home = await startHome(t, { P11KMS_METRICS_LISTEN: own })
  t.equal((await send(home.server.host, { path: '/metrics' })).status, 404)
  t.match(await send(own, { path: '/metrics' }), { status: 200, body: /^p11kms_store_up\{worker="1"\} 1$/m })
  t.equal((await send(own, { path: '/' })).status, 404)
  t.equal(await home.server.stop(), 0)
  const off = await home.serve({ P11KMS_METRICS_LISTEN: 'off' })
  t.equal((await send(off.host, { path: '/metrics' })).status, 404)
})
