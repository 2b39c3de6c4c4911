// The commands as people and scripts use them: what they print, how they end, what a wrong configuration says.
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import t from 'tap'
import { parse, stringify } from 'yaml'
import { loadConfig } from '../../src/config.ts'
import { preferPostgres, testPostgres } from '../support/postgres.ts'
import { makeHome, type TestHome } from '../support/server.ts'

type Config = Record<string, unknown> & { clusters: { members: Record<string, unknown>[] }[] }

/** Changes config.yaml of a home, runs a command, and puts the file back. */
async function withConfig(home: TestHome, change: (config: Config) => void, ...command: string[]) {
  const file = join(home.home, 'config.yaml')
  const before = readFileSync(file, 'utf8')
  const config = parse(before) as Config
  change(config)
  writeFileSync(file, stringify(config))
  // Without what tests set by environment: the change may be to that itself.
  const result = await home.runWith(
    { P11KMS_PORT: undefined, P11KMS_PROFILE: undefined, P11KMS_STORE_URL: undefined },
    ...command,
  )
  writeFileSync(file, before)
  return result
}

const home = makeHome(t)

t.test('init makes a whole home, for its owner only', async (t) => {
  const { code, stdout, stderr } = await home.run('init', '--json')
  t.equal(code, 0, stderr)
  const credentials = home.credentials()
  t.match(JSON.parse(stdout), {
    home: home.home,
    accountId: '100000000001',
    keyId: credentials.keyId,
    clusters: credentials.clusters,
  })
  t.match(credentials, {
    endpoint: /^http:\/\/127\.0\.0\.1:\d+$/,
    tencent: { secretId: /^AKID\w{32}$/, secretKey: /^\w{32}$/, region: 'ap-guangzhou' },
    alibaba: { accessKeyId: /^LTAI\w{20}$/, accessKeySecret: /^\w{32}$/, region: 'cn-hangzhou' },
    clusters: [/^cls-hsm-/, /^cls-hsm-/],
    keyId: /^[0-9a-f-]{36}$/,
  })
  for (const name of [
    ...(preferPostgres ? [] : ['p11kms.db']),
    'credentials.json',
    'config.yaml',
    'pin-a',
    'so-pin-b',
    'softhsm-a.conf',
  ]) {
    t.equal(statSync(join(home.home, name)).mode & 0o077, 0, name)
  }
  if (preferPostgres) return
  const database = readFileSync(join(home.home, 'p11kms.db'))
  t.notOk(database.includes(credentials.tencent.secretKey), 'no clear secret in the store')
})

t.test('init says what it makes, and refuses a second time', async (t) => {
  const other = makeHome(t)
  const { code, stdout } = await other.run('init')
  t.equal(code, 0)
  for (const word of [
    'token p11kms-a',
    'token p11kms-b',
    'configuration',
    'account',
    'sample CMK',
    'credentials.json',
  ]) {
    t.match(stdout, word)
  }
  const again = await other.run('init')
  t.match(again, { code: 1, stdout: '', stderr: /^p11kms: .* is initialised already\n$/ })
})

t.test('an init that was cut off is done again from the start', async (t) => {
  const other = makeHome(t)
  mkdirSync(join(other.home, 'tokens/a'), { recursive: true })
  writeFileSync(join(other.home, '.initialising'), '')
  writeFileSync(join(other.home, 'config.yaml'), 'half')
  t.match(await other.run('init', '--json'), { code: 0 })
  t.notOk(existsSync(join(other.home, '.initialising')))
})

t.test('init completes a home that has only a configuration', async (t) => {
  const other = makeHome(t)
  await other.run('init')
  for (const name of ['p11kms.db', 'credentials.json', 'p11kms.db', 'p11kms.db-wal', 'p11kms.db-shm']) {
    rmSync(join(other.home, name), { force: true })
  }
  const store = preferPostgres ? { P11KMS_STORE_URL: testPostgres().makeDatabase() } : {}
  t.match(await other.runWith(store, 'init', '--json'), { code: 0 })
  t.ok(other.credentials().keyId)
})

t.test('init takes no store that another home was made with', async (t) => {
  const other = makeHome(t)
  await other.run('init')
  rmSync(join(other.home, 'credentials.json'))
  t.match(await other.run('init'), {
    code: 1,
    stderr: /^p11kms: the store has access keys already; begin with/,
  })
})

t.test('config.yaml explains every option in place', async (t) => {
  const text = readFileSync(join(home.home, 'config.yaml'), 'utf8')
  for (const option of [
    'listen',
    'host',
    'port',
    'workers',
    'profile',
    'store',
    'limits',
    'tencent',
    'alibaba',
    'quotas',
    'cmk',
    'tags',
    'hsm',
    'log',
    'clusters',
    'module',
    'pin',
    'processes',
  ]) {
    t.match(text, new RegExp(`#[^\\n]*\\n[\\s#-]*${option}:`), option)
  }
})

t.test('doctor finds a good home good', async (t) => {
  const { code, stdout } = await home.run('doctor', '--json')
  t.equal(code, 0)
  const report = JSON.parse(stdout)
  t.equal(report.ok, true)
  t.equal(report.checks.filter(({ name }: { name: string }) => name.startsWith('cluster')).length, 2)
  t.match(await home.run('doctor'), { code: 0, stdout: /ok {4}store/ })
})

t.test('doctor finds what is wrong', async (t) => {
  const wrong = await withConfig(
    home,
    (config) => Object.assign(config.clusters[1]?.members[0] ?? {}, { token: 'none' }),
    'doctor',
    '--json',
  )
  t.equal(wrong.code, 1)
  t.match(
    wrong.stdout,
    /clusters\.1\.members\.0\.token: there is no such token \(cluster cls-hsm-dev00002, member b1/,
  )
  const none = makeHome(t)
  t.match(await none.run('doctor'), { code: 1, stdout: /no config\.yaml/ })
})

t.test('wrong usage ends with 2, help with 0', async (t) => {
  t.match(await home.run('nonsense'), { code: 2, stderr: /unknown command/ })
  t.match(await home.run(), { code: 2 })
  t.match(await home.run('call', 'aws', 'X'), { code: 2, stderr: /tencent, alibaba/ })
  t.match(await home.run('call', 'tencent'), { code: 2 })
  t.match(await home.run('init', '--what'), { code: 2 })
  t.match(await home.run('--help'), { code: 0, stdout: /init[\s\S]*serve[\s\S]*doctor[\s\S]*call/ })
  for (const command of ['init', 'serve', 'doctor', 'call']) {
    t.match(await home.run(command, '--help'), { code: 0, stdout: /^Usage: / }, command)
  }
})

const bad: [option: string, change: (config: Config) => void][] = [
  ['nonsense', (config) => Object.assign(config, { nonsense: 1 })],
  ['listen.port', (config) => Object.assign(config, { listen: { port: 'x' } })],
  ['profile', (config) => Object.assign(config, { profile: 'fast' })],
  ['store.url', (config) => Object.assign(config, { store: { url: 'mysql://x' } })],
  ['store.url', (config) => Object.assign(config, { store: { url: 'postgres://x:y@a b:c/d' } })],
  ['store.url', (config) => Object.assign(config, { store: { url: 'postgres://x:y@127.0.0.1:1/d' } })],
  ['store.url', (config) => Object.assign(config, { store: { url: 'sqlite:/nowhere/p11kms.db' } })],
  [
    'store.password.file',
    (config) =>
      Object.assign(config, { store: { url: 'postgres://x@127.0.0.1:1/d', password: { file: 'nowhere' } } }),
  ],
  ['clusters', (config) => Object.assign(config, { clusters: [] })],
  [
    'clusters.0.members.0.module',
    (config) => Object.assign(config.clusters[0]?.members[0] ?? {}, { module: '/nowhere.so' }),
  ],
  [
    'clusters.0.members.0.pin.file',
    (config) => Object.assign(config.clusters[0]?.members[0] ?? {}, { pin: { file: 'nowhere' } }),
  ],
  [
    'clusters.0.members.0.pin.env',
    (config) => Object.assign(config.clusters[0]?.members[0] ?? {}, { pin: { env: 'NOT_SET_ANYWHERE' } }),
  ],
  [
    'clusters',
    (config) => config.clusters.push(structuredClone(config.clusters[0] as Config['clusters'][0])),
  ],
  [
    'clusters.1.members.0.module',
    (config) => Object.assign(config.clusters[1]?.members[0] ?? {}, { module: '/etc/hostname' }),
  ],
  [
    'clusters.1.members.0.token',
    (config) => Object.assign(config.clusters[1]?.members[0] ?? {}, { token: 'none' }),
  ],
]

for (const [option, change] of bad) {
  t.test(`a configuration wrong in ${option} stops the start with one line that names it`, async (t) => {
    const { code, stdout, stderr } = await withConfig(home, change, 'serve')
    t.equal(code, 1)
    t.notMatch(stdout, 'listening')
    const line = stderr.split('\n').filter((text) => text.startsWith('p11kms: '))
    t.equal(line.length, 1)
    t.ok(line[0]?.includes(option), line[0] ?? 'a line')
    t.notMatch(stderr, '    at ')
  })
}

t.test('a config.yaml that is no YAML, and one that is not there', async (t) => {
  const file = join(home.home, 'config.yaml')
  const before = readFileSync(file, 'utf8')
  writeFileSync(file, 'listen: [')
  t.match(await home.run('serve'), { code: 1, stderr: /^p11kms: config: config\.yaml: .+\n$/ })
  writeFileSync(file, '- list')
  t.match(await home.run('serve'), {
    code: 1,
    stderr: /^p11kms: config: config\.yaml: must be a mapping of options\n$/,
  })
  writeFileSync(file, before)
  t.match(await makeHome(t).run('serve'), { code: 1, stderr: /run: p11kms init\n$/ })
})

t.test('a port that is taken', async (t) => {
  const taken = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => taken.once('listening', resolve))
  const { port } = taken.address() as { port: number }
  const changed = makeHome(t)
  await changed.run('init')
  await t.rejects(changed.serve({ P11KMS_PORT: String(port) }), /config: listen\.port: the port is taken/)
  await new Promise((resolve) => taken.close(resolve))
})

t.test('the environment overrides the file', async (t) => {
  const saved = { ...process.env }
  t.teardown(() => {
    process.env = saved
  })
  Object.assign(process.env, {
    P11KMS_HOST: '0.0.0.0',
    P11KMS_TENCENT_EDITION: 'intl',
    P11KMS_QUOTAS_CMK: '7',
    P11KMS_HSM_CALL_TIMEOUT: '1234',
    P11KMS_AUDIT_ANCHOR_FILE: '/heads.jsonl',
    P11KMS_AUDIT_ANCHOR_WEBHOOK: 'https://example.com/heads',
    P11KMS_PROFILE: 'on-prem',
    P11KMS_STORE_URL: 'postgres://p11kms@db/p11kms',
    P11KMS_STORE_PASSWORD_ENV: 'DATABASE_SECRET',
    DATABASE_SECRET: 'y',
    PGPASSWORD: 'z',
    MY_PIN: 'x',
  })
  const config = loadConfig(home.home)
  t.match(config, {
    listen: { host: '0.0.0.0' },
    tencent: { edition: 'intl' },
    quotas: { cmk: 7 },
    hsm: { callTimeout: 1234 },
    audit: {
      folder: 'audit',
      anchor: { file: '/heads.jsonl', webhook: 'https://example.com/heads' },
    },
    profile: 'on-prem',
    store: { url: 'postgres://p11kms@db/p11kms' },
    storePassword: 'y',
  })
  t.notOk(
    Object.keys(config.tokenEnvironment).some((name) => /^P11KMS_|^DATABASE_SECRET$|^PGPASSWORD$/.test(name)),
  )
})

t.test('call', async (t) => {
  t.match(await home.run('call', 'tencent', 'ListKeys', '{'), { code: 1, stderr: /must be a JSON object/ })
  t.match(await home.run('call', 'tencent', 'ListKeys'), { code: 1, stderr: /no answer from http/ })
  const server = await home.serve()
  t.equal(home.credentials().endpoint, server.url, 'the file follows the port')
  const made = await home.run(
    'call',
    'tencent',
    'GenerateDataKey',
    JSON.stringify({ KeyId: home.credentials().keyId, NumberOfBytes: 3 }),
  )
  t.equal(made.code, 0)
  t.match(JSON.parse(made.stdout), { Response: { Plaintext: /^.{4}$/ } })
  t.match(await home.run('call', 'alibaba', 'DescribeKey', '{"KeyId":"alias/none"}'), {
    code: 1,
    stdout: /Forbidden\.AliasNotFound/,
  })
  t.match(await home.run('call', 'tencent', 'Nothing'), { code: 1, stdout: /InvalidAction/ })
  t.match(await home.run('doctor'), { code: 0 }, 'doctor works beside a running server')
})
