// A server's life: ready line, health, a token that goes and comes back, SIGTERM in the middle of work.
import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { parse, stringify } from 'yaml'
import { send, tencentRequest } from '../support/raw.ts'
import { tencentSdk } from '../support/sdks.ts'
import { makeHome, startHome } from '../support/server.ts'

const readiness = async (host: string) => {
  const reply = await send(host, { path: '/readyz' })
  return { status: reply.status, ...JSON.parse(reply.body) }
}

t.test('what a person sees at the start', async (t) => {
  const { server, home, credentials } = await startHome(t)
  const line = server.output.findIndex((text) => text.startsWith('p11kms listening on'))
  const shown = server.output.slice(0, line + 1).join('\n')
  for (const word of [
    home,
    'credentials.json',
    'cls-hsm-dev00001',
    'p11kms-b',
    credentials().keyId,
    'scripts/p11kms call',
    'GenerateDataKey',
  ]) {
    t.ok(shown.includes(word), word)
  }
  t.equal(server.output[line], `p11kms listening on ${server.url}`)
  for (const secret of [
    credentials().tencent.secretKey,
    credentials().alibaba.accessKeySecret,
    readFileSync(join(home, 'pin-a'), 'utf8').trim(),
  ]) {
    t.notOk(server.output.join('\n').includes(secret), 'no secret on the terminal')
  }
  t.match(await send(server.host, { path: '/healthz' }), { status: 200, body: '{"status":"ok"}' })
  t.match(await readiness(server.host), {
    status: 200,
    ready: true,
    store: { ready: true },
    clusters: { 'cls-hsm-dev00001': { ready: true } },
  })
})

t.test(
  'a token that goes away is said so, the other cluster serves on, and all is well when it is back',
  async (t) => {
    const home = await startHome(t, { P11KMS_HSM_REQUEST_TIMEOUT: '1500' })
    const { server } = home
    const credentials = home.credentials()
    const call = tencentSdk(credentials)
    const other = await call('CreateKey', { Alias: 'b', HsmClusterId: credentials.clusters[1] })
    const tokens = join(home.home, 'tokens/a')
    renameSync(tokens, `${tokens}.away`)
    const down = await readiness(server.host)
    t.match(down, {
      status: 503,
      ready: false,
      clusters: { 'cls-hsm-dev00001': { ready: false }, 'cls-hsm-dev00002': { ready: true } },
    })
    await t.rejects(call('GenerateDataKey', { KeyId: credentials.keyId, KeySpec: 'AES_256' }), {
      code: 'InternalError',
    })
    t.ok((await call('GenerateDataKey', { KeyId: other.KeyId, KeySpec: 'AES_256' })).Plaintext)
    renameSync(`${tokens}.away`, tokens)
    const end = Date.now() + 15_000
    while ((await readiness(server.host)).status !== 200 && Date.now() < end)
      await new Promise((resolve) => setTimeout(resolve, 100))
    t.ok((await call('GenerateDataKey', { KeyId: credentials.keyId, KeySpec: 'AES_256' })).Plaintext)
  },
)

t.test('SIGTERM finishes what is in flight and exits 0', async (t) => {
  const home = await startHome(t)
  const { server } = home
  const credentials = home.credentials()
  const tokens = server.tokenPids()
  const requests = Array.from({ length: 40 }, (_, index) =>
    tencentRequest(credentials, 'CreateKey', { Alias: `k${index}` }),
  )
  const replies = Promise.allSettled(requests.map((request) => send(server.host, request)))
  await new Promise((resolve) => setTimeout(resolve, 60))
  const code = await server.stop()
  t.equal(code, 0)
  const done = await replies
  const answered = done.flatMap((reply) =>
    reply.status === 'fulfilled' ? [JSON.parse(reply.value.body).Response] : [],
  )
  t.ok(answered.length > 0)
  t.same(
    answered.filter(({ Error: error }) => error !== undefined),
    [],
    'whoever was answered was answered well',
  )
  for (const pid of tokens) t.throws(() => process.kill(pid, 0), 'its token processes are gone')
})

t.test('a second start is quick and keeps everything', async (t) => {
  const home = makeHome(t)
  const first = await home.serve()
  const call = tencentSdk(home.credentials())
  const { KeyId } = await call('CreateKey', { Alias: 'kept' })
  const made = await call('GenerateDataKey', { KeyId, NumberOfBytes: 40 })
  await first.stop()
  const second = await home.serve()
  t.notMatch(second.output.join('\n'), 'Making a home')
  const opened = await tencentSdk(home.credentials())('Decrypt', { CiphertextBlob: made.CiphertextBlob })
  t.equal(opened.Plaintext, made.Plaintext)
})

t.test('quota and tag registry of the configuration', async (t) => {
  const home = makeHome(t)
  await home.run('init')
  const file = join(home.home, 'config.yaml')
  const config = parse(readFileSync(file, 'utf8'))
  config.quotas = { cmk: 2 }
  config.tags = { registry: [{ key: 'env', values: ['dev'] }] }
  writeFileSync(file, stringify(config))
  await home.serve()
  const call = tencentSdk(home.credentials())
  const absent = { code: 'InvalidParameterValue.TagsNotExisted' }
  await t.rejects(call('CreateKey', { Alias: 'a', Tags: [{ TagKey: 'env', TagValue: 'prod' }] }), absent)
  await t.rejects(call('CreateKey', { Alias: 'a', Tags: [{ TagKey: 'x', TagValue: 'dev' }] }), absent)
  t.ok((await call('CreateKey', { Alias: 'a', Tags: [{ TagKey: 'env', TagValue: 'dev' }] })).KeyId)
  await t.rejects(call('CreateKey', { Alias: 'b' }), { code: 'LimitExceeded.CmkLimitExceeded' })
})
