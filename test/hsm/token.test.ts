// Token processes on a real SoftHSM: exact lengths, damaged blobs, attributes, recovery, recycling, latch, queue.
import { randomBytes, randomUUID } from 'node:crypto'
import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { bindingDigest, uuidBytes } from '../../src/core/sealed.ts'
import { startTokenClient } from '../../src/hsm/token-client.ts'
import { clusterId, inspectToken, makeToken, pids } from '../support/tokens.ts'
import { eventually } from '../support/until.ts'

t.test('data keys of every length from 1 to 1024 come back byte-exact', async (t) => {
  const hsm = await (await makeToken(t)).open()
  const id = randomUUID()
  await hsm.createKey(clusterId, id, 'cmk/test/1')
  const binding = bindingDigest('data-key', id, { a: 'b' })
  const lengths = Array.from({ length: 1024 }, (_, index) => index + 1)
  const wrong = await Promise.all(
    lengths.map(async (length) => {
      const made = await hsm.generate(clusterId, id, length, binding)
      const back = await hsm.unwrap(clusterId, id, made, binding)
      return made.bytes.length === length && back.equals(made.bytes) ? [] : [length]
    }),
  )
  t.same(wrong.flat(), [])
})

t.test('wrap takes the caller’s bytes, random gives as many as asked', async (t) => {
  const hsm = await (await makeToken(t)).open()
  const id = randomUUID()
  await hsm.createKey(clusterId, id, 'cmk/test/1')
  const binding = bindingDigest('secret', id, {})
  const secret = randomBytes(33)
  const sealed = await hsm.wrap(clusterId, id, secret, binding)
  t.same(await hsm.unwrap(clusterId, id, sealed, binding), secret)
  t.equal((await hsm.random(clusterId, 1024)).length, 1024)
})

t.test(
  'any damaged byte, another binding or another key is ciphertext-invalid, and the token lives on',
  async (t) => {
    const hsm = await (await makeToken(t)).open()
    const [id, other] = [randomUUID(), randomUUID()]
    await hsm.createKey(clusterId, id, 'cmk/test/1')
    await hsm.createKey(clusterId, other, 'cmk/other/1')
    const [pid] = pids(hsm)
    const binding = bindingDigest('data-key', id, {})
    const sealed = await hsm.generate(clusterId, id, 24, binding)
    const refused = { code: 'ciphertext-invalid' }
    for (let index = 0; index < sealed.wrapped.length; index++) {
      const wrapped = Buffer.from(sealed.wrapped)
      wrapped[index] = (wrapped[index] as number) ^ 4
      await t.rejects(hsm.unwrap(clusterId, id, { ...sealed, wrapped }, binding), refused)
    }
    for (const wrapped of [
      Buffer.alloc(0),
      Buffer.alloc(7),
      sealed.wrapped.subarray(0, 16),
      Buffer.concat([sealed.wrapped, Buffer.alloc(8)]),
      randomBytes(4096),
    ]) {
      await t.rejects(
        hsm.unwrap(clusterId, id, { ...sealed, wrapped }, binding),
        refused,
        `length ${wrapped.length}`,
      )
    }
    await t.rejects(hsm.unwrap(clusterId, id, sealed, bindingDigest('data', id, {})), refused)
    await t.rejects(hsm.unwrap(clusterId, other, sealed, binding), refused)
    t.same(await hsm.unwrap(clusterId, id, sealed, binding), sealed.bytes)
    t.equal(pids(hsm)[0], pid, 'bad blobs cost no process')
  },
)

t.test('a key that is not on the token is unavailable; one made by another process is found', async (t) => {
  const token = await makeToken(t)
  const hsm = await token.open()
  const other = await token.open()
  const id = randomUUID()
  const binding = bindingDigest('data-key', id, {})
  await t.rejects(hsm.generate(clusterId, id, 16, binding), { code: 'unavailable' })
  await other.createKey(clusterId, id, 'cmk/test/1')
  t.equal((await hsm.generate(clusterId, id, 16, binding)).bytes.length, 16)
})

t.test('creation repeated finds the same key, destruction repeated finds none', async (t) => {
  const hsm = await (await makeToken(t)).open()
  const id = randomUUID()
  const first = await hsm.createKey(clusterId, id, 'cmk/test/1')
  t.same(await hsm.createKey(clusterId, id, 'cmk/test/1'), first)
  await hsm.destroyKey(clusterId, id)
  await hsm.destroyKey(clusterId, id)
  t.not(
    (await hsm.createKey(clusterId, id, 'cmk/test/1')).checkValue,
    first.checkValue,
    'a new key, not the old one',
  )
})

t.test('every CMK on the token can wrap and unwrap and do nothing else, for ever', async (t) => {
  const token = await makeToken(t)
  const hsm = await token.open()
  const id = randomUUID()
  await hsm.createKey(clusterId, id, 'cmk/test/1')
  const objects = inspectToken(token.home)
  t.same(objects.map(({ label }) => label).sort(), ['cmk/test/1', 'service/canary'])
  t.equal(objects.find(({ label }) => label === 'cmk/test/1')?.id, uuidBytes(id).toString('hex'))
  for (const object of objects) {
    t.match(object, {
      flags: {
        sensitive: true,
        alwaysSensitive: true,
        extractable: false,
        neverExtractable: true,
        modifiable: false,
        copyable: false,
        local: true,
        token: true,
        private: true,
        wrap: true,
        unwrap: true,
        encrypt: false,
        decrypt: false,
        sign: false,
        verify: false,
        derive: false,
      },
      value: 'CKR_ATTRIBUTE_SENSITIVE',
    })
    t.not(object.turnOnDecrypt, 'allowed')
    t.not(object.copyWithDecrypt, 'allowed')
  }
})

t.test('keys that two processes make at one time are seen, and destroyed, by both', async (t) => {
  const token = await makeToken(t)
  const pair = [await token.open(), await token.open()] as const
  const ids: string[] = []
  for (let round = 0; round < 40; round++) {
    const made = await Promise.all(
      pair.flatMap((hsm, index) =>
        Array.from({ length: 2 }, async () => {
          const id = randomUUID()
          await hsm.createKey(clusterId, id, 'cmk/test/1')
          return { id, other: pair[1 - index] ?? hsm }
        }),
      ),
    )
    for (const { id, other } of made) {
      const data = await other.generate(clusterId, id, 32, bindingDigest('data-key', id, {}))
      t.equal(data.bytes.length, 32)
      ids.push(id)
    }
    const last = await Promise.all(
      pair.map(async (hsm, index) => {
        const id = randomUUID()
        await hsm.createKey(clusterId, id, 'cmk/test/1')
        return { id, other: pair[1 - index] ?? hsm }
      }),
    )
    for (const { id, other } of last) await other.destroyKey(clusterId, id)
  }
  const left = inspectToken(token.home).filter(({ label }) => label === 'cmk/test/1')
  t.same(left.map(({ id }) => id).sort(), ids.map((id) => uuidBytes(id).toString('hex')).sort())
})

t.test('a key that is not there is looked for by one fresh process, and by no more', async (t) => {
  const token = await makeToken(t)
  const [id, absent] = [randomUUID(), randomUUID()]
  const hsm = await token.open({}, {}, { expected: async () => [[absent, 'no such key']] })
  const renewals = () => token.events.filter(({ event }) => event.includes('does not see a key')).length
  const ask = (key: string) => hsm.generate(clusterId, key, 32, bindingDigest('data-key', key, {}))
  await t.rejects(ask(id), { code: 'unavailable' })
  t.equal(renewals(), 0, 'a process that has written nothing sees all there is')
  await hsm.createKey(clusterId, id, 'cmk/test/1')
  const [pid] = pids(hsm)
  await t.rejects(ask(absent), { code: 'unavailable' })
  t.equal(renewals(), 0, 'nor for one that was missed already')
  const gone = randomUUID()
  const all = await Promise.allSettled([ask(gone), ask(gone), ask(id), hsm.destroyKey(clusterId, gone)])
  t.same(
    all.map(({ status }) => status),
    ['rejected', 'rejected', 'fulfilled', 'fulfilled'],
  )
  t.equal(renewals(), 1)
  await eventually(() => pids(hsm).length === 1 && pids(hsm)[0] !== pid, 'one process')
  await t.rejects(ask(gone), { code: 'unavailable' })
  await hsm.destroyKey(clusterId, gone)
  t.equal(renewals(), 1, 'the fresh one has the last word')
})

t.test('a killed process is replaced and nobody notices', async (t) => {
  const hsm = await (await makeToken(t)).open({}, { processes: 2 })
  await eventually(() => pids(hsm).length === 2, 'two processes')
  const id = randomUUID()
  await hsm.createKey(clusterId, id, 'cmk/test/1')
  const binding = bindingDigest('data-key', id, {})
  let kills = 0
  const killer = setInterval(() => {
    const [pid] = pids(hsm)
    if (pid !== undefined && kills++ < 5) process.kill(pid, 'SIGKILL')
  }, 100)
  const work = async () => {
    for (let count = 0; count < 400; count++) {
      const made = await hsm.generate(clusterId, id, 32, binding)
      if (!(await hsm.unwrap(clusterId, id, made, binding)).equals(made.bytes)) t.fail('changed')
    }
  }
  await Promise.all(Array.from({ length: 32 }, work))
  clearInterval(killer)
  t.ok(kills > 0)
})

t.test('a process that hangs is killed after its deadline, and its work done by the next one', async (t) => {
  const token = await makeToken(t)
  const hsm = await token.open({ callTimeout: 300 })
  const id = randomUUID()
  await hsm.createKey(clusterId, id, 'cmk/test/1')
  const [pid = 0] = pids(hsm)
  process.kill(pid, 'SIGSTOP')
  const made = await hsm.generate(clusterId, id, 32, bindingDigest('data-key', id, {}))
  t.equal(made.bytes.length, 32)
  t.ok(token.events.some(({ event }) => event === 'token process does not answer, killing it'))
  t.not(pids(hsm)[0], pid)
})

t.test('processes are recycled by count without a gap', async (t) => {
  const token = await makeToken(t)
  const hsm = await token.open({ recycleOperations: 500 })
  const id = randomUUID()
  await hsm.createKey(clusterId, id, 'cmk/test/1')
  const [pid] = pids(hsm)
  const binding = bindingDigest('data-key', id, {})
  const work = async () => {
    for (let count = 0; count < 500; count++) await hsm.generate(clusterId, id, 16, binding)
  }
  await Promise.all(Array.from({ length: 8 }, work))
  t.ok(token.events.filter(({ event }) => event === 'recycling token process').length > 0)
  await eventually(() => pids(hsm).length === 1 && pids(hsm)[0] !== pid, 'one process')
  t.notOk(
    token.events.some(({ event }) => event === 'token process ended, replacing it'),
    'none was missed',
  )
})

t.test('processes are recycled by memory', async (t) => {
  const token = await makeToken(t)
  const hsm = await token.open({ recycleMemory: 1 })
  const id = randomUUID()
  await hsm.createKey(clusterId, id, 'cmk/test/1')
  const binding = bindingDigest('data-key', id, {})
  const end = Date.now() + 20_000
  const recycled = () => token.events.some(({ event }) => event === 'recycling token process')
  while (!recycled() && Date.now() < end) await hsm.generate(clusterId, id, 1024, binding)
  t.ok(recycled())
})

t.test('a process is weighed when it is ready: what its keys take is no growth', async (t) => {
  const { home, member } = await makeToken(t)
  const { name: _, processes: _count, ...token } = member
  const ended = Promise.withResolvers<void>()
  const options = { ...token, cwd: home, startTimeout: 30_000 }
  const events = { onAnswers: () => undefined, onExit: () => ended.resolve() }
  const client = await startTokenClient(options, [], events)
  const [, pages = 0] = readFileSync(`/proc/${client.pid}/statm`, 'utf8').split(' ').map(Number)
  // Opening even an empty token takes about 3 MiB.
  const since = pages * 4096 - client.ready.memory
  t.ok(since < 1.5 * 1024 * 1024, `${since} bytes after it was ready`)
  client.kill()
  await ended.promise
})

t.test('a token process keeps more freed memory at hand, unless its member says otherwise', async (t) => {
  const token = await makeToken(t)
  const tunables = async (env: Readonly<Record<string, string>>) => {
    const hsm = await token.open({}, { env: { ...token.member.env, ...env } })
    const variables = readFileSync(`/proc/${pids(hsm)[0]}/environ`, 'utf8').split('\0')
    return variables.filter((variable) => variable.startsWith('GLIBC_TUNABLES='))
  }
  t.same(await tunables({}), ['GLIBC_TUNABLES=glibc.malloc.tcache_count=127'])
  t.same(await tunables({ GLIBC_TUNABLES: 'x' }), ['GLIBC_TUNABLES=x'])
})

t.test('a full queue refuses at once', async (t) => {
  const hsm = await (await makeToken(t)).open({ queue: 10 })
  const all = await Promise.allSettled(Array.from({ length: 50 }, () => hsm.random(clusterId, 8)))
  const refused = all.filter((result) => result.status === 'rejected')
  t.equal(refused.length, 40)
  for (const result of refused) t.match(result.reason, { code: 'throttled' })
  t.equal((await hsm.random(clusterId, 8)).length, 8, 'and there is room again')
})

t.test('work that waits for a token that does not come back is given up', async (t) => {
  const token = await makeToken(t)
  const hsm = await token.open({ requestTimeout: 500, callTimeout: 200 })
  rmSync(join(token.home, 'tokens'), { recursive: true })
  for (const pid of pids(hsm)) process.kill(pid, 'SIGKILL')
  await t.rejects(hsm.random(clusterId, 8), { code: 'unavailable' })
  await eventually(() => hsm.status()[0]?.members[0]?.state === 'down', 'the member to be down')
})

t.test('a refused PIN is tried once and never again', async (t) => {
  const token = await makeToken(t)
  const good = await token.open()
  const secret = 'not-the-pin'
  const refused = await token.open({}, { pin: secret, processes: 3 })
  t.match(refused.status()[0]?.members[0], {
    state: 'latched',
    reason: 'pin-refused',
    detail: /CKR_PIN_INCORRECT/,
  })
  await t.rejects(refused.random(clusterId, 8), { code: 'unavailable' })
  await new Promise((resolve) => setTimeout(resolve, 500))
  const refusals = token.events.filter(({ facts }) => facts.reason === 'pin-refused')
  t.equal(refusals.length, 1)
  t.notOk(JSON.stringify(token.events).includes(secret), 'the PIN is in no event')
  t.equal((await good.random(clusterId, 8)).length, 8)
})

t.test('a refused PIN is not tried again while the store that keeps its latch is away', async (t) => {
  const token = await makeToken(t)
  let attempts = 0
  const latch = async () => {
    if (++attempts < 3) throw new Error('the store is away')
  }
  const options = { latches: { isLatched: async () => false, latch } }
  const refused = await token.open({}, { pin: 'not-the-pin', processes: 2 }, options)
  t.equal(refused.status()[0]?.members[0]?.state, 'latched')
  t.equal(attempts, 3)
  t.equal(token.events.filter(({ facts }) => facts.reason === 'pin-refused').length, 1)
})

t.test('a token or a library that is not there says which', async (t) => {
  const token = await makeToken(t)
  await t.rejects(token.open({}, { token: 'other' }), {
    name: 'MemberConfigError',
    option: 'token',
    message: /cluster .* member a1: no token other/,
  })
  await t.rejects(token.open({}, { module: '/etc/hostname' }), {
    name: 'MemberConfigError',
    option: 'module',
    message: /member a1/,
  })
  const serial = (await token.open()).status()[0]?.members[0]?.token?.serial
  t.equal((await (await token.open({}, { token: `serial:${serial}` })).random(clusterId, 4)).length, 4)
})
