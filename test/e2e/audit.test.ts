// The record of calls of a real server: complete after kill -9 under load, and anchored outside.
import { cpSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import t from 'tap'
import { alibabaRequest, send, tencentRequest } from '../support/raw.ts'
import { makeHome, startHome, type TestHome } from '../support/server.ts'

const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds))

async function recorded({ run }: TestHome): Promise<Set<string>> {
  const { stdout } = await run('audit', 'export')
  return new Set(
    stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line).requestId),
  )
}

t.test('kill -9 under load: every call that was answered has its line, and the chain holds', async (t) => {
  const home = makeHome(t)
  const answered = new Set<string>()
  for (let round = 0; round < 4; round++) {
    const server = await home.serve()
    const credentials = home.credentials()
    const data = { KeyId: credentials.keyId, KeySpec: 'AES_256' }
    const requests = [
      () => tencentRequest(credentials, 'GenerateDataKey', data),
      () => tencentRequest(credentials, 'Decrypt', { CiphertextBlob: 'bm9uZQ==' }),
      () => alibabaRequest(credentials, 'GenerateDataKey', data),
      () =>
        alibabaRequest(
          { ...credentials, alibaba: { ...credentials.alibaba, accessKeyId: 'x' } },
          'ListKeys',
          {},
        ),
    ]
    const client = async (make: () => ReturnType<typeof tencentRequest>) => {
      for (;;) {
        const { body } = await send(server.host, make())
        const reply = JSON.parse(body)
        answered.add(reply.RequestId ?? reply.Response.RequestId)
      }
    }
    const clients = [...requests, ...requests].map((make) => client(make).catch(() => {}))
    const before = answered.size
    while (answered.size < before + 100) await pause(5)
    await pause(40 * round)
    const tokens = server.tokenPids()
    await server.stop('SIGKILL')
    for (const pid of tokens) kill(pid)
    await Promise.all(clients)
  }
  const verified = await home.run('audit', 'verify', '--json')
  t.match(JSON.parse(verified.stdout), { ok: true }, 'before anybody mends anything')
  await home.serve()
  const again = await home.run('audit', 'verify', '--json')
  t.match({ code: again.code, ...JSON.parse(again.stdout) }, { code: 0, ok: true })
  const lines = await recorded(home)
  t.ok(answered.size >= 400, `${answered.size} answers, ${lines.size} lines`)
  t.same(
    [...answered].filter((requestId) => !lines.has(requestId)),
    [],
  )
})

t.test('heads outside: sent, held against the log, and not missed when they cannot be sent', async (t) => {
  const outside = t.testdir()
  const file = join(outside, 'heads.jsonl')
  const got: { seq: number }[] = []
  let status = 200
  const webhook = createServer(async (request, response) => {
    got.push(JSON.parse(Buffer.concat(await request.toArray()).toString()))
    response.writeHead(status).end()
  }).listen(0, '127.0.0.1')
  await new Promise((resolve) => webhook.once('listening', resolve))
  t.teardown(() => {
    webhook.closeAllConnections()
    webhook.close()
  })
  const home = await startHome(t, {
    P11KMS_AUDIT_HEAD_INTERVAL: '1',
    P11KMS_AUDIT_ANCHOR_FILE: file,
    P11KMS_AUDIT_ANCHOR_WEBHOOK: `http://127.0.0.1:${(webhook.address() as AddressInfo).port}/?key=hidden`,
  })
  const { server } = home
  const credentials = home.credentials()
  const ask = () => send(server.host, tencentRequest(credentials, 'GetRegions', {}))
  const audit = async () => {
    const { status, body } = await send(server.host, { path: '/readyz' })
    return { status, ...JSON.parse(body).audit }
  }
  await ask()
  while (got.length === 0) await pause(50)
  t.same(await audit(), { status: 200, ready: true })
  const older = join(t.testdir({}), 'older')
  cpSync(join(home.home, 'audit'), older, { recursive: true })
  status = 500
  await ask()
  while ((await audit()).warning === undefined) await pause(50)
  t.same(await audit(), { status: 200, ready: true, warning: 'audit.anchor.webhook: answered 500' })
  t.match(await ask(), { body: /"Regions"/ }, 'calls go on')
  const seen = got.length
  while (got.length < seen + 2) await pause(50)
  const said = server.output.filter((line) => line.includes('could not be anchored'))
  t.equal(said.length, 1)
  t.notMatch(server.output.join('\n'), 'hidden')
  status = 200
  await server.stop()
  const folder = join(home.home, 'audit')
  const verify = async (...args: string[]) => {
    const { code, stdout, stderr } = await home.run('audit', 'verify', '--anchor', file, ...args)
    return { code, text: stdout + stderr }
  }
  t.match(await verify(), { code: 0, text: /the log is whole/ })
  const elsewhere = ['--public-key', join(folder, 'public-key.pem')]
  t.match(await verify('--folder', folder, ...elsewhere), { code: 0 })
  t.match(await verify('--folder', older, ...elsewhere), { code: 1, text: /the anchor file has seen/ })
  const [newest] = readFileSync(file, 'utf8').trimEnd().split('\n').slice(-1)
  t.equal(JSON.parse(newest ?? '').seq, got.at(-1)?.seq, 'the last head reached both')
  writeFileSync(file, `${newest?.replace(/"seq":\d+/, '"seq":1')}\n`)
  t.match(await verify(), { code: 1, text: `p11kms: ${file}: line 1 is not signed by the token\n` })
  t.match(await home.run('audit', 'verify', '--anchor', join(outside, 'none')), { code: 1 })
  t.ok(readdirSync(folder).length > 0)
})

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It ended with its parent, as it should.
  }
}
