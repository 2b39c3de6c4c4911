// The module that injects faults does what its rules say: a tour of the bare binding, and token processes over it.
import { type SpawnSyncReturns, spawn, spawnSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import t, { type Test } from 'tap'
import { bindingDigest } from '../../src/core/sealed.ts'
import type { MemberLimits } from '../../src/hsm/member.ts'
import { createFaults, type FaultFunction, type Faults, faultFunctions } from '../support/fault.ts'
import { clusterId, makeToken, pids, type TestToken } from '../support/tokens.ts'
import { eventually } from '../support/until.ts'

const tourFile = join(import.meta.dirname, '../support/fault/tour.ts')
const block = Buffer.alloc(32, 'block')

interface Tour extends Pick<SpawnSyncReturns<string>, 'status' | 'signal' | 'stderr'> {
  /** What each call of a function gave, in order. */
  of(fn: FaultFunction): readonly string[]
}

interface Bed {
  readonly token: TestToken
  readonly faults: Faults
  /** Calls everything once, in a process of its own, under these rules. */
  tour(rules?: string | readonly string[]): Tour
  open(limits?: Partial<MemberLimits>): ReturnType<TestToken['open']>
}

async function makeBed(t: Test): Promise<Bed> {
  const token = await makeToken(t)
  const faults = createFaults(t, token.member.module)
  const env = { ...token.member.env, ...faults.env }
  return {
    token,
    faults,
    tour(rules) {
      if (rules !== undefined) faults.set(rules)
      const options = { cwd: token.home, env, input: token.member.pin, encoding: 'utf8' } as const
      const { status, signal, stderr, stdout } = spawnSync(
        process.execPath,
        [tourFile, faults.module],
        options,
      )
      const calls = stdout
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line) as [string, string])
      return {
        status,
        signal,
        stderr,
        of: (fn) => calls.filter(([name]) => name === fn).map(([, outcome]) => outcome),
      }
    },
    open: (limits = {}) => token.open(limits, { module: faults.module, env }),
  }
}

function differingBits(a: Buffer, b: Buffer): number {
  return [...a].reduce((sum, byte, at) => sum + bits(byte ^ (b[at] ?? 0)), 0)
}

function bits(byte: number): number {
  return [...byte.toString(2)].filter((digit) => digit === '1').length
}

function attributeValue(outcome = ''): Buffer {
  const [{ value }] = JSON.parse(outcome) as [{ value: { data: number[] } }]
  return Buffer.from(value.data)
}

t.test('without rules everything is forwarded, and counted over all processes', async (t) => {
  const { tour, faults } = await makeBed(t)
  t.equal(faults.count('C_Login'), 0)
  const { of, status } = tour()
  t.equal(status, 0)
  for (const fn of faultFunctions) {
    t.notMatch(of(fn).join(), /CKR_|Error/, `${fn} works`)
    t.ok(of(fn).length > 0 && faults.count(fn) >= of(fn).length, `${fn} is counted`)
  }
  t.match(of('C_GetTokenInfo')[0], /p11kms-a/)
  t.equal(of('C_Decrypt')[0], block.toString('hex'))
  t.same(attributeValue(of('C_GetAttributeValue')[0]), block)
  t.equal(faults.count('C_OpenSession'), 3)
  faults.clear()
  tour()
  t.equal(faults.count('C_OpenSession'), 6)
})

t.test('return answers in the library’s place, for every function', async (t) => {
  const { tour } = await makeBed(t)
  const { of } = tour(faultFunctions.map((fn) => `${fn} return 0x54 times=1`))
  for (const fn of faultFunctions) {
    const [first, second] = of(fn)
    t.equal(first, 'CKR_FUNCTION_NOT_SUPPORTED', fn)
    t.notMatch(second, /CKR_/, `${fn} works the second time`)
  }
})

t.test('corrupt changes one bit of what comes out', async (t) => {
  const { tour } = await makeBed(t)
  const read = tour(['C_GetAttributeValue corrupt', 'C_Decrypt corrupt', 'C_Sign corrupt'])
  t.equal(differingBits(attributeValue(read.of('C_GetAttributeValue')[0]), block), 1)
  t.equal(differingBits(Buffer.from(read.of('C_Decrypt')[0] ?? '', 'hex'), block), 1)
  t.equal(read.of('C_Verify')[0], 'CKR_SIGNATURE_INVALID')
  const written = tour(['C_WrapKey corrupt times=1', 'C_Encrypt corrupt times=1', 'C_GenerateRandom corrupt'])
  t.match(written.of('C_UnwrapKey')[0], /CKR_/)
  t.not(written.of('C_Decrypt')[0], block.toString('hex'))
  t.match(written.of('C_GenerateRandom')[0], /^[\da-f]{32}$/)
})

t.test('stuck makes the random generator give one byte', async (t) => {
  const { tour } = await makeBed(t)
  t.equal(tour('* stuck 0xa5').of('C_GenerateRandom')[0], 'a5'.repeat(16))
})

t.test('limit refuses sessions beyond it, and closed ones make room', async (t) => {
  const { tour } = await makeBed(t)
  const full = 'CKR_SESSION_COUNT'
  t.match(tour('C_OpenSession limit 1').of('C_OpenSession'), [/^\w{16}$/, full, full, full, full])
  t.match(tour('C_OpenSession limit 2').of('C_OpenSession'), [/^\w{16}$/, /^\w{16}$/, /^\w{16}$/])
})

t.test('hide makes mechanisms unknown wherever the rule says', async (t) => {
  const { tour } = await makeBed(t)
  const listed = (tour: Tour) => JSON.parse(tour.of('C_GetMechanismList')[0] ?? '') as number[]
  const all = listed(tour([]))
  const hidden = tour(['* hide 0x2109', '* hide 0x251', '* hide 0x1081'])
  t.same(
    listed(hidden),
    all.filter((mechanism) => ![0x2109, 0x251, 0x1081].includes(mechanism)),
  )
  t.equal(all.length - listed(hidden).length, 3)
  const affected = [
    'MechanismInfo',
    'WrapKey',
    'UnwrapKey',
    'EncryptInit',
    'DecryptInit',
    'SignInit',
    'VerifyInit',
  ]
  for (const fn of faultFunctions.filter((fn) => affected.some((name) => fn.endsWith(`_${name}`)))) {
    t.equal(hidden.of(fn)[0], 'CKR_MECHANISM_INVALID', fn)
  }
  t.equal(hidden.of('C_GetMechanismInfo')[0], 'CKR_MECHANISM_INVALID')
  t.notMatch(hidden.of('C_GenerateKey')[0], /CKR_/, 'another mechanism')
  const liar = tour('C_WrapKey hide 0x2109')
  t.ok(listed(liar).includes(0x2109), 'still listed')
  t.equal(liar.of('C_WrapKey')[0], 'CKR_MECHANISM_INVALID')
  t.equal(tour('* hide 0x1080').of('C_GenerateKey')[0], 'CKR_MECHANISM_INVALID')
})

t.test('kill-sessions closes them for real', async (t) => {
  const { tour } = await makeBed(t)
  const { of } = tour('C_GenerateKey kill-sessions times=1')
  t.same(of('C_GenerateKey'), ['CKR_SESSION_HANDLE_INVALID', 'CKR_SESSION_HANDLE_INVALID'])
  t.equal(of('C_CloseSession').at(-1), 'CKR_SESSION_HANDLE_INVALID', 'the library knows none of them')
})

t.test('absent takes the token away, and its sessions with it', async (t) => {
  const { tour } = await makeBed(t)
  const gone = tour('* absent')
  t.equal(gone.of('C_Initialize')[0], 'ok')
  t.equal(gone.of('C_GetSlotList')[0], '[]')
  t.equal(gone.of('C_GetTokenInfo')[0], 'CKR_TOKEN_NOT_PRESENT')
  t.equal(gone.of('C_OpenSession')[0], 'CKR_TOKEN_NOT_PRESENT')
  t.equal(gone.of('C_Login')[0], 'CKR_DEVICE_REMOVED')
  t.equal(gone.of('C_Finalize')[0], 'ok')
  const { of } = tour('C_Login absent times=1')
  t.same(of('C_Login'), ['CKR_DEVICE_REMOVED', 'CKR_SESSION_HANDLE_INVALID'])
})

t.test('crash is a real one, and what was counted stays', async (t) => {
  const { tour, faults } = await makeBed(t)
  const { of, signal } = tour('C_WrapKey crash')
  t.equal(signal, 'SIGSEGV')
  t.equal(of('C_CreateObject').length, 1, 'everything before it went well')
  t.equal(faults.count('C_WrapKey'), 1)
})

t.test('delay waits and lets other rules apply', async (t) => {
  const { tour } = await makeBed(t)
  const start = Date.now()
  const { of } = tour([
    '* delay 400 times=1',
    'C_Initialize delay 400 times=1',
    'C_Initialize return 5 times=1',
  ])
  t.ok(Date.now() - start >= 800)
  t.same(of('C_Initialize'), ['CKR_GENERAL_ERROR', 'ok'])
})

t.test('after, every, times and total choose among the calls', async (t) => {
  const { tour } = await makeBed(t)
  const opens = (...rules: string[]) =>
    tour(rules.map((rule) => `C_OpenSession ${rule}`))
      .of('C_OpenSession')
      .map((outcome) => (outcome.startsWith('CKR_DEVICE_') ? outcome.slice(11) : 'ok'))
  t.same(opens('return 0x30 after=2 times=2'), ['ok', 'ERROR', 'ERROR', 'ok'])
  t.same(opens('return 0x30 every=2'), ['ok', 'ERROR', 'ok', 'ERROR', 'ok'])
  t.same(opens('return 0x30 after=2 every=2'), ['ok', 'ok', 'ERROR', 'ok'])
  t.same(
    opens('return 0x30 times=1', 'return 0x31 after=3'),
    ['ERROR', 'ok', 'MEMORY', 'MEMORY', 'MEMORY', 'MEMORY'],
    'calls count for rules that come later, too',
  )
  t.same(opens('return 0x30 total=3'), ['ERROR', 'ERROR', 'ERROR', 'ok', 'ok'])
  const again = tour().of('C_OpenSession')
  t.notMatch(again.join(), /CKR_/, 'another process finds the total spent')
  t.same(opens('return 0x30 total=1').slice(0, 2), ['ERROR', 'ok'], 'until it is set again')
})

t.test('a rule that does not read is no silent success', async (t) => {
  const { tour, faults } = await makeBed(t)
  const wrong = [
    'C_Wrap hang',
    'C_WrapKey hung',
    'C_WrapKey return',
    'C_WrapKey return OK',
    'C_Login hang x=1',
  ]
  for (const rule of wrong) {
    t.throws(() => faults.set(rule), { message: `not a rule of fault.c: ${rule}` })
    writeFileSync(faults.env.P11FAULT_CONTROL ?? '', rule)
    t.match(tour(), { signal: 'SIGABRT', stderr: /^fault\.c: / }, rule)
  }
})

t.test('a module that is not there cannot be used', async (t) => {
  const token = await makeToken(t)
  const faults = createFaults(t, '/etc/hostname')
  const opened = token.open({}, { module: faults.module, env: { ...token.member.env, ...faults.env } })
  await t.rejects(opened, { name: 'MemberConfigError', option: 'module' })
})

t.test('rules reach processes that are running: a refusal, a crash, other bytes', async (t) => {
  const { open, faults, token } = await makeBed(t)
  const hsm = await open()
  const id = randomUUID()
  const binding = bindingDigest('data-key', id, {})
  await hsm.createKey(clusterId, id, 'cmk/test/1')
  for (const rule of ['C_WrapKey return 0x30', 'C_WrapKey crash']) {
    const [pid] = pids(hsm)
    faults.set(`${rule} total=1`)
    const made = await hsm.generate(clusterId, id, 32, binding)
    t.same(await hsm.unwrap(clusterId, id, made, binding), made.bytes, rule)
    t.not(pids(hsm)[0], pid, 'by another process')
  }
  const [pid] = pids(hsm)
  const logins = faults.count('C_Login')
  faults.set('C_GenerateRandom stuck 7')
  t.same(await hsm.random(clusterId, 8), Buffer.alloc(8, 7))
  faults.set('C_GenerateRandom stuck 8')
  t.same(await hsm.random(clusterId, 8), Buffer.alloc(8, 8), 'though the file looks the same')
  faults.clear()
  t.notSame(await hsm.random(clusterId, 8), Buffer.alloc(8, 8))
  rmSync(faults.env.P11FAULT_CONTROL ?? '')
  t.equal((await hsm.random(clusterId, 8)).length, 8)
  t.equal(pids(hsm)[0], pid)
  t.equal(faults.count('C_Login'), logins)
  t.equal(token.events.filter(({ event }) => event === 'token process ready').length, logins)
})

t.test('a token that is pulled out is down, and back when it is put in', async (t) => {
  const { open, faults } = await makeBed(t)
  const hsm = await open({ requestTimeout: 2000 })
  const state = () => hsm.status()[0]?.members[0]?.state
  faults.set('* absent')
  await t.rejects(hsm.random(clusterId, 8), { code: 'unavailable' })
  await eventually(() => state() === 'down', 'the member to be down')
  faults.clear()
  await eventually(() => state() === 'ready', 'the member to be ready')
  t.equal((await hsm.random(clusterId, 8)).length, 8)
})

t.test('hang is for the watchdog to end', async (t) => {
  const { open, faults, token } = await makeBed(t)
  const hsm = await open({ callTimeout: 300 })
  const [pid] = pids(hsm)
  faults.set('C_GenerateRandom hang total=1')
  t.equal((await hsm.random(clusterId, 8)).length, 8)
  t.ok(token.events.some(({ event }) => event === 'token process does not answer, killing it'))
  t.not(pids(hsm)[0], pid)
})

t.test('a process that hangs ends with the test’s folder', async (t) => {
  const { faults, token } = await makeBed(t)
  faults.set('C_Initialize hang')
  const env = { ...token.member.env, ...faults.env }
  const child = spawn(process.execPath, [tourFile, faults.module], {
    env,
    stdio: ['pipe', 'ignore', 'ignore'],
  })
  child.stdin.end('1234')
  await eventually(() => faults.count('C_Initialize') === 1, 'the call')
  const exit = once(child, 'exit')
  rmSync(dirname(faults.env.P11FAULT_COUNTS ?? ''), { recursive: true })
  t.same(await exit, [1, null])
})
