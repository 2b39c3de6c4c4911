// What members do about faults, one by one: work is handed over, refused PINs and stuck members harm nobody else, and a
// token in a bad moment is not taken for another kind of token.
import { randomUUID } from 'node:crypto'
import t, { type Test } from 'tap'
import { bindingDigest } from '../../src/core/sealed.ts'
import { createFaults } from '../support/fault.ts'
import { makeKey, makePair, objectFiles } from '../support/pair.ts'
import { clusterId, inspectToken, makeToken, pids, type TestToken } from '../support/tokens.ts'
import { eventually } from '../support/until.ts'

const binding = (id: string) => bindingDigest('data-key', id, {})

/** A token behind the fault module, and how it is opened with two processes. */
async function makeBed(t: Test) {
  const token = await makeToken(t)
  const faults = createFaults(t, token.member.module)
  const member = { module: faults.module, env: { ...token.member.env, ...faults.env }, processes: 2 }
  const open: TestToken['open'] = (limits, changed, more) =>
    token.open(limits, { ...member, ...changed }, more)
  return { token, faults, open }
}

t.test('what waits behind a call that hangs is done by the other process', async (t) => {
  const { faults, open } = await makeBed(t)
  const hsm = await open({ callTimeout: 60_000 })
  await eventually(() => pids(hsm).length === 2, 'two processes')
  const before = pids(hsm)
  faults.set('C_GenerateRandom hang total=1')
  await Promise.all(Array.from({ length: 200 }, () => hsm.random(clusterId, 8)))
  for (let count = 0; count < 20; count++) await hsm.random(clusterId, 8)
  t.same(pids(hsm), before, 'nobody waited for the process to be given up')
})

t.test('a process that was killed gets no more work while it ends', async (t) => {
  const { faults, open } = await makeBed(t)
  const hsm = await open()
  await eventually(() => pids(hsm).length === 2, 'two processes')
  // Two of the three attempts that a piece of work has; a dying process would take the third.
  for (let round = 0; round < 5; round++) {
    faults.set('C_GenerateRandom return 0x30 total=2')
    const all = await Promise.allSettled(Array.from({ length: 300 }, () => hsm.random(clusterId, 8)))
    t.same(
      all.filter(({ status }) => status === 'rejected'),
      [],
    )
    faults.clear()
    await eventually(() => pids(hsm).length === 2, 'two processes')
  }
})

t.test('a random generator that is well again is not held to what it gave before', async (t) => {
  const { faults, open } = await makeBed(t)
  const hsm = await open({}, { processes: 1 })
  const random = () => hsm.random(clusterId, 8).then(Boolean, () => false)
  faults.set('C_GenerateRandom stuck 7')
  await t.rejects(hsm.random(clusterId, 64), { code: 'unavailable' })
  t.notOk(await random(), 'the alarm is raised')
  faults.clear()
  // The start-up test, due a second after the alarm, has to be passed once and not again and again.
  await eventually(random, 'the generator to be believed')
  for (let count = 0; count < 200; count++) t.ok(await random())
})

t.test('a PIN refused to one process leaves those that have logged in at work', async (t) => {
  const { faults, open } = await makeBed(t)
  const hsm = await open()
  await eventually(() => pids(hsm).length === 2, 'two processes')
  const state = () => hsm.status()[0]?.members[0]?.state
  faults.set(['C_Login return 0xa0', 'C_GenerateRandom crash total=1'])
  t.equal((await hsm.random(clusterId, 8)).length, 8)
  await eventually(() => state() === 'latched', 'the latch')
  const logins = faults.count('C_Login')
  for (let count = 0; count < 10; count++) t.equal((await hsm.random(clusterId, 8)).length, 8)
  process.kill(pids(hsm)[0] ?? 0, 'SIGKILL')
  await eventually(() => pids(hsm).length === 0, 'the last process to be gone')
  await t.rejects(hsm.random(clusterId, 8), { code: 'unavailable' })
  t.equal(faults.count('C_Login'), logins, 'nobody logged in again')
})

t.test('a member that hangs keeps no creation waiting, and one without a process no work', async (t) => {
  const pair = await makePair(t)
  const hsm = await pair.open({ callTimeout: 60_000 })
  pair.mirror()
  const second = () => hsm.status()[0]?.members[1]
  const pid = second()?.processes[0] ?? 0
  process.kill(pid, 'SIGSTOP')
  const { id } = await makeKey(hsm)
  t.same(second()?.processes, [pid], 'nobody waited for the process to be given up')
  process.kill(pid, 'SIGKILL')
  await eventually(() => second()?.processes.length === 0, 'the process to be gone')
  t.equal(second()?.state, 'starting', 'not ready: others are asked first')
  t.equal((await hsm.generate(clusterId, id, 8, binding(id))).bytes.length, 8)
})

t.test('a key whose making hangs is made elsewhere under another id, never twice under one', async (t) => {
  const pair = await makePair(t)
  const [first, second] = pair.members
  const faults = createFaults(t, first.module)
  const harmed = { ...first, module: faults.module, env: { ...first.env, ...faults.env } }
  const cluster = { id: clusterId, name: '', default: true, members: [harmed, second] }
  const hsm = await pair.open({ callTimeout: 60_000 }, { clusters: [cluster] })
  pair.mirror()
  const ids = Array.from({ length: 3 }, () => randomUUID())
  const begun = [...ids]
  // The object is there, and its check value hangs.
  faults.set('C_WrapKey hang total=1')
  const renew = async () => ({ keyVersionId: begun.shift() ?? '', label: 'cmk/pair/2' })
  const made = await hsm.createKey(clusterId, begun.shift() ?? '', 'cmk/pair/1', renew)
  t.equal(made.keyVersionId, ids[1])
  t.same(begun, ids.slice(2), 'one more attempt')
  const { wrapped } = await hsm.generate(clusterId, made.keyVersionId, 8, binding(made.keyVersionId))
  t.ok(wrapped.length > 0)
  process.kill(hsm.status()[0]?.members[0]?.processes[0] ?? 0, 'SIGKILL')
  await eventually(() => hsm.status()[0]?.members[0]?.state === 'ready', 'the member to be back')
  const labels = () =>
    inspectToken(pair.home).flatMap(({ label }) => (label.startsWith('cmk/') ? [label] : []))
  await eventually(() => labels().length === 2, 'the second one to be there too')
  t.same(labels().sort(), ['cmk/pair/1', 'cmk/pair/2'])
  // A canary key besides.
  await eventually(() => objectFiles(pair.home, 'a2').length === 3, 'both on the other member')
})

t.test('keys made on both members at one time all appear on both', async (t) => {
  const pair = await makePair(t)
  const hsm = await pair.open({ requestTimeout: 10_000 })
  pair.mirror()
  const create = async () => {
    for (let count = 0; count < 12; count++) await makeKey(hsm)
  }
  await t.resolves(Promise.all(Array.from({ length: 8 }, create)))
})

t.test('a token whose wrap mechanism is missing for a while gets no keys of another kind', async (t) => {
  const { token, faults, open } = await makeBed(t)
  await (await open({}, { processes: 1 })).close()
  const before = inspectToken(token.home).map(({ label }) => label)
  faults.set('* hide 0x2109')
  const hsm = await open()
  t.match(hsm.status()[0]?.members[0]?.detail, /^rfc3394: the token no longer offers its mechanisms/)
  faults.clear()
  await eventually(() => hsm.status()[0]?.members[0]?.state === 'ready', 'the member to be ready')
  t.same(
    inspectToken(token.home).map(({ label }) => label),
    before,
  )
})

t.test('an error while a token is probed is no property of the token', async (t) => {
  const { faults, open } = await makeBed(t)
  await (await open({}, { processes: 1 })).close()
  faults.set('C_UnwrapKey return 0x30 total=1')
  const hsm = await open({}, { processes: 1 })
  t.match(hsm.status()[0]?.members[0]?.detail, /CKR_DEVICE_ERROR/)
  await eventually(() => hsm.status()[0]?.members[0]?.state === 'ready', 'the member to be ready')
  t.match(hsm.status()[0]?.members[0]?.card, { unwrapTemplate: 'readable', maxPayload: 1064 })
})

t.test('a damaged check value is not kept', async (t) => {
  const { faults, open } = await makeBed(t)
  const hsm = await open({}, { processes: 1 })
  const id = randomUUID()
  faults.set('C_WrapKey corrupt total=1')
  const { checkValue } = await hsm.createKey(clusterId, id, 'cmk/test/1')
  faults.clear()
  const expected = async () => [[id, checkValue] as const]
  await hsm.close()
  const again = await open({}, {}, { expected })
  t.match(again.status()[0]?.members[0]?.comparison, { absent: [], wrong: [] })
  t.equal((await again.generate(clusterId, id, 8, binding(id))).bytes.length, 8)
})
