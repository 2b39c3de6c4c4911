// kill -9: of a token process under load, and of everything in the middle of key creations.
import { existsSync } from 'node:fs'
import t from 'tap'
import { tencentSdk } from '../support/sdks.ts'
import { makeHome, startHome } from '../support/server.ts'
import { inspectToken } from '../support/tokens.ts'

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
    // SoftHSM itself, killed while it writes, may leave an object without an id, which nobody can use.
    const whole = inspectToken(home.home).filter(({ id }) => id !== '')
    const labels = whole.map(({ label }) => label)
    const wanted = [...listed.map((id) => `cmk/${id}/1`), 'service/canary', 'service/seal']
    t.same(
      labels.sort(),
      wanted.sort(),
      'the token holds the listed keys and the service’s own, and nothing else',
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
