// Files with secrets: who may be able to read them, and what serve and doctor say of those that others can.
import { chmodSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { editConfig } from '../src/config.ts'
import { exposureOf, readSecretFile } from '../src/secret-file.ts'
import { makeHome } from './support/server.ts'

const root = 0
const service = 1000
/** A folder that everybody can enter. */
const open = { mode: 0o755 }

t.test('a file of its owner’s alone, or handed over by root to our group, is read', async (t) => {
  for (const mode of [0o600, 0o400, 0o700])
    t.equal(exposureOf({ mode, uid: service }, open, service), undefined)
  for (const mode of [0o440, 0o640, 0o400]) t.equal(exposureOf({ mode, uid: root }, open, service), undefined)
})

t.test('one that others can read or change is not', async (t) => {
  for (const mode of [0o604, 0o644, 0o602, 0o444, 0o601])
    for (const [uid, user] of [
      [root, service],
      [service, service],
      [root, root],
    ] as const)
      t.equal(exposureOf({ mode, uid }, open, user), 'is open to everybody')
  for (const mode of [0o640, 0o440]) {
    t.equal(exposureOf({ mode, uid: service }, open, service), 'is open to its group', 'not of root')
    t.equal(
      exposureOf({ mode, uid: root }, open, root),
      'is open to its group',
      'we are root: whose group is it for',
    )
  }
  t.equal(
    exposureOf({ mode: 0o660, uid: root }, open, service),
    'is open to its group',
    'the group could change it',
  )
})

t.test('in a folder that nobody else can enter the file’s own permissions do not matter', async (t) => {
  for (const mode of [0o600, 0o644, 0o666]) {
    t.equal(exposureOf({ mode, uid: service }, { mode: 0o700 }, service), undefined)
  }
})

t.test('a link is as good as what it leads to', async (t) => {
  const folder = t.testdir({ secret: 'text' })
  const [file, link] = [join(folder, 'secret'), join(folder, 'link')]
  symlinkSync(file, link)
  chmodSync(folder, 0o755)
  chmodSync(file, 0o600)
  t.equal(readSecretFile(link), 'text')
  chmodSync(file, 0o644)
  t.throws(() => readSecretFile(link), { name: 'ExposedFileError' })
  t.throws(() => readSecretFile(join(folder, 'none')), { code: 'ENOENT' })
})

t.test('serve and doctor refuse an open PIN file and an open TLS key, by their options', async (t) => {
  const home = makeHome(t)
  await home.run('init')
  chmodSync(home.home, 0o755)
  const refused = async (option: string, file: string, problem: string) => {
    const message = `config: ${option}: ${file} ${problem}; run: chmod 600 ${file}`
    t.match(await home.run('serve'), { code: 1, stderr: `p11kms: ${message}\n` })
    const { code, stdout } = await home.run('doctor', '--json')
    t.equal(code, 1)
    t.match(
      JSON.parse(stdout).checks.find(({ ok }: { ok: boolean }) => !ok),
      { name: 'configuration', detail: message },
    )
  }
  const pin = join(home.home, 'pin-b')
  chmodSync(pin, 0o644)
  await refused('clusters.1.members.0.pin.file', pin, 'is open to everybody')
  chmodSync(pin, 0o620)
  await refused('clusters.1.members.0.pin.file', pin, 'is open to its group')
  chmodSync(pin, 0o400)
  const [cert, key] = [join(home.home, 'cert.pem'), join(home.home, 'key.pem')]
  writeFileSync(cert, '')
  writeFileSync(key, '', { mode: 0o644 })
  editConfig(home.home, ['listen', 'tls'], { cert, key })
  await refused('listen.tls.key', key, 'is open to everybody')
})

t.test('open access keys: doctor fails, serve warns and serves', async (t) => {
  const home = makeHome(t)
  await home.run('init')
  chmodSync(home.home, 0o755)
  const file = join(home.home, 'credentials.json')
  chmodSync(file, 0o604)
  const { code, stdout } = await home.run('doctor', '--json')
  t.equal(code, 1)
  t.match(
    JSON.parse(stdout).checks.find(({ name }: { name: string }) => name === 'access keys'),
    { ok: false, detail: `${file} is open to everybody; run: chmod 600 ${file}` },
  )
  const server = await home.serve()
  t.ok(server.output.some((line) => line.includes('can be read by others')))
})
