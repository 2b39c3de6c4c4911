// kill -9: of a token process under load, and of everything in the middle of key creations.
import { existsSync, readFileSync } from 'node:fs'
import t from 'tap'
import { tencentSdk } from '../support/sdks.ts'
import { makeHome, startHome } from '../support/server.ts'

t.test('kill -9 of token processes under load: no client sees an error', async (t) => {
  const home = await startHome(t)
  const credentials = home.credentials()
  const call = tencentSdk(credentials)
  let kills = 0
  const killer = setInterval(() => {
    const [pid] = home.server.tokenPids()
    if (pid !== undefined && kills++ < 6) process.kill(pid, 'SIGKILL')
  }, 250)
  const errors: unknown[] = []
  const end = Date.now() + 3000
  let served = 0
  const client = async () => {
    while (Date.now() < end) {
      try {
        const made = await call('GenerateDataKey', { KeyId: credentials.keyId, KeySpec: 'AES_256' })
        const opened = await call('Decrypt', { CiphertextBlob: made.CiphertextBlob })
        if (opened.Plaintext !== made.Plaintext) errors.push('changed')
        served++
      } catch (error) {
        errors.push(error)
      }
    }
  }
  await Promise.all(Array.from({ length: 16 }, client))
  clearInterval(killer)
  t.same(errors, [])
  t.ok(kills > 0, `${kills} kills, ${served} pairs of calls`)
})

t.test(
  'kill -9 of everything during key creations: what was acknowledged works, nothing half-made is usable',
  async (t) => {
    const home = makeHome(t)
    const acknowledged: string[] = []
    const attempted = new Set<string>()
    for (let round = 0; round < 4; round++) {
      const server = await home.serve()
      const call = tencentSdk(home.credentials())
      const client = async (name: string) => {
        for (let count = 0; ; count++) {
          const Alias = `${name}-${count}`
          attempted.add(Alias)
          acknowledged.push(String((await call('CreateKey', { Alias })).KeyId))
        }
      }
      const clients = Array.from({ length: 8 }, (_, index) => client(`r${round}-c${index}`).catch(() => {}))
      await new Promise((resolve) => setTimeout(resolve, 150 + 70 * round))
      const tokens = server.tokenPids()
      await server.stop('SIGKILL')
      for (const pid of tokens) if (existsSync(`/proc/${pid}`)) kill(pid)
      await Promise.all(clients)
    }
    await home.serve()
    const call = tencentSdk(home.credentials())
    t.ok(acknowledged.length > 0, `${acknowledged.length} acknowledged of ${attempted.size}`)
    const broken: string[] = []
    for (const KeyId of acknowledged) {
      const made = await call('GenerateDataKey', { KeyId, NumberOfBytes: 8 }).catch(() => undefined)
      if (made === undefined) broken.push(KeyId)
    }
    t.same(broken, [], 'every acknowledged key works')
    const listed: string[] = []
    for (let Offset = 0; ; Offset += 200) {
      const page = (await call('ListKeys', { Offset, Limit: 200 })).Keys as { KeyId: string }[]
      listed.push(...page.map(({ KeyId }) => KeyId))
      if (page.length < 200) break
    }
    const half: string[] = []
    for (const KeyId of listed) {
      const usable = await call('GenerateDataKey', { KeyId, NumberOfBytes: 8 }).then(
        () => true,
        () => false,
      )
      if (!usable) half.push(KeyId)
    }
    t.same(half, [], 'every key that is listed works')
    // A creation that was cut off after its last write is a whole key nobody was told of; all others left nothing.
    const strangers = listed.length - acknowledged.length - 1
    t.ok(strangers >= 0 && strangers <= 4 * 8, `${strangers} whole keys without an acknowledgement`)
    t.equal(
      secretKeys(home.home),
      listed.length + 2,
      'the tokens hold the listed keys, a canary and the sealing key',
    )
  },
)

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It ended with its parent, as it should.
  }
}

// SoftHSM keeps an object per file, and a lock and the token's own file beside them.
function secretKeys(home: string): number {
  const folder = `${home}/tokens/a`
  const { readdirSync } = process.getBuiltinModule('node:fs')
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  return files.filter(
    (file) =>
      file.endsWith('.object') &&
      !file.endsWith('token.object') &&
      readFileSync(`${folder}/${file}`).length > 0,
  ).length
}
