// `backup` and `restore`: a home brought back elsewhere opens what was sealed before, and says so.
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { testPostgres, withoutPostgres } from '../support/postgres.ts'
import { tencentSdk } from '../support/sdks.ts'
import { makeHome } from '../support/server.ts'

const home = makeHome(t)
const folder = join(t.testdir(), 'backup')

t.test('a backup is taken while the server runs, and restored into another home', async (t) => {
  await home.run('init')
  const server = await home.serve()
  const credentials = home.credentials()
  const call = tencentSdk(credentials)
  const before = await call('GenerateDataKey', { KeyId: credentials.keyId, KeySpec: 'AES_256' })
  const { code, stdout, stderr } = await home.run('backup', folder, '--json')
  t.equal(code, 0, stderr)
  t.match(JSON.parse(stdout), { folder, drills: 1 })
  t.equal(statSync(folder).mode & 0o077, 0, 'for its owner only')
  await call('CreateKey', { Alias: 'after-the-backup' })
  await server.stop()

  const other = makeHome(t)
  rmSync(other.home, { recursive: true })
  const restored = await other.run('restore', folder, '--json')
  t.equal(restored.code, 0, restored.stderr)
  t.match(JSON.parse(restored.stdout), { ok: true, drills: [{ keyId: credentials.keyId, ok: true }] })
  rmSync(home.home, { recursive: true })
  await other.serve()
  const again = tencentSdk(other.credentials())
  t.match(await again('Decrypt', { CiphertextBlob: before.CiphertextBlob }), { Plaintext: before.Plaintext })
  t.equal((await again('ListKeys', {})).TotalCount, 1, 'what came after the backup is not in it')
})

t.test('a blob that does not open is said, and the exit code says so too', async (t) => {
  const damaged = join(t.testdir(), 'damaged')
  cpSync(folder, damaged, { recursive: true })
  const file = join(damaged, 'manifest.json')
  const manifest = JSON.parse(readFileSync(file, 'utf8'))
  manifest.drills[0].digest = '00'.repeat(32)
  writeFileSync(file, JSON.stringify(manifest))
  const other = makeHome(t)
  rmSync(other.home, { recursive: true })
  const { code, stdout } = await other.run('restore', damaged)
  t.equal(code, 1)
  t.match(stdout, /cls-hsm-dev00001 {2}DOES NOT OPEN/)
})

t.test(
  'a backup goes into a store of another kind, and never over what is there',
  {
    skip: withoutPostgres,
  },
  async (t) => {
    const store = { P11KMS_STORE_URL: testPostgres().makeDatabase() }
    const [moved, again] = [makeHome(t, store), makeHome(t, store)]
    for (const { home: made } of [moved, again]) rmSync(made, { recursive: true })
    t.match(await moved.run('restore', folder), { code: 0, stdout: /cls-hsm-dev00001 {2}opens/ })
    t.match(await again.run('restore', folder), {
      code: 1,
      stderr: /^p11kms: config: store\.url: the database that is to be filled is not empty\n$/,
    })
    t.notOk(existsSync(again.home), 'nor is a home left behind')
  },
)

t.test('nothing is written over', async (t) => {
  const other = makeHome(t)
  const full = join(t.testdir(), 'full')
  mkdirSync(full)
  writeFileSync(join(full, 'x'), '')
  writeFileSync(join(other.home, 'x'), '')
  t.match(await other.run('restore', folder), { code: 1, stderr: /^p11kms: .* is not empty\n$/ })
  t.match(await other.run('restore', full), {
    code: 1,
    stderr: /is not a backup: it has no manifest\.json\n$/,
  })
  await other.run('init')
  t.match(await other.run('backup', full), { code: 1, stderr: /^p11kms: .*full is not empty\n$/ })
  t.notOk(existsSync(join(full, 'store.db')))
})
