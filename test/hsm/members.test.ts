// A cluster of two members: keys on both, work on the healthy one, and a member that comes back is looked at first.
import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { bindingDigest } from '../../src/core/sealed.ts'
import type { MemberConfig, TokenHsm } from '../../src/hsm/cluster.ts'
import type { ExpectedKeys } from '../../src/hsm/token-protocol.ts'
import { makeKey, makePair, objectFiles } from '../support/pair.ts'
import { clusterId } from '../support/tokens.ts'
import { eventually } from '../support/until.ts'

const binding = (id: string) => bindingDigest('data-key', id, {})
const members = (hsm: TokenHsm) => hsm.status()[0]?.members ?? []
const state = (hsm: TokenHsm, name: string) => members(hsm).find((member) => member.name === name)?.state

/** Runs pairs of generate and unwrap until told to stop; what went wrong, and how many pairs were right. */
function load(hsm: TokenHsm, id: string, clients = 16) {
  let running = true
  const errors: unknown[] = []
  let served = 0
  const client = async () => {
    while (running) {
      try {
        const made = await hsm.generate(clusterId, id, 32, binding(id))
        if (!(await hsm.unwrap(clusterId, id, made, binding(id))).equals(made.bytes)) errors.push('changed')
        served++
      } catch (error) {
        errors.push(error)
      }
    }
  }
  const done = Promise.all(Array.from({ length: clients }, client))
  return {
    served: () => served,
    async stop() {
      running = false
      await done
      return { errors, served }
    },
  }
}

t.test('a key counts when both members show it; a destroyed one is gone from both', async (t) => {
  const pair = await makePair(t)
  const hsm = await pair.open()
  pair.mirror()
  t.same(
    members(hsm).map(({ name, state: now }) => [name, now]),
    [
      ['a1', 'ready'],
      ['a2', 'ready'],
    ],
  )
  const before = objectFiles(pair.home, 'a2').length
  const { checkValue, begun } = await makeKey(hsm)
  t.match(checkValue, /^[0-9a-f]+$/)
  // More than one where a slow machine made the service begin again.
  t.ok(objectFiles(pair.home, 'a2').length > before)
  for (const id of begun) await hsm.destroyKey(clusterId, id)
  await eventually(
    () =>
      [objectFiles(pair.home, 'a').length, objectFiles(pair.home, 'a2').length].every(
        (count) => count === before,
      ),
    'the object is gone from both',
  )
})

t.test('without replication a creation fails, and says which member does not show the key', async (t) => {
  const pair = await makePair(t)
  const hsm = await pair.open({ requestTimeout: 500 })
  await t.rejects(hsm.createKey(clusterId, randomUUID(), 'cmk/pair/1'), {
    code: 'unavailable',
    facts: { detail: /^a[12] does not show the new key$/ },
  })
})

t.test('kill -9 of one member’s processes, again and again: no request fails', async (t) => {
  const pair = await makePair(t)
  const hsm = await pair.open()
  pair.mirror()
  const { id } = await makeKey(hsm)
  const work = load(hsm, id)
  for (let kill = 0; kill < 6; kill++) {
    const [first, second] = members(hsm)
    const pid = (kill % 2 === 0 ? first : second)?.processes[0]
    if (pid !== undefined) process.kill(pid, 'SIGKILL')
    await sleep(150)
  }
  const { errors, served } = await work.stop()
  t.same(errors, [])
  t.ok(served > 0)
})

t.test('a member that hangs: its work goes to the other one', async (t) => {
  const pair = await makePair(t)
  const hsm = await pair.open({ callTimeout: 60_000 })
  pair.mirror()
  const { id } = await makeKey(hsm)
  const work = load(hsm, id)
  await sleep(100)
  const pid = members(hsm)[1]?.processes[0] ?? 0
  process.kill(pid, 'SIGSTOP')
  const before = work.served()
  await eventually(() => work.served() > before + 100, 'work goes on')
  const { errors } = await work.stop()
  t.same(errors, [])
  t.same(members(hsm)[1]?.processes, [pid], 'nobody waited for the process to be given up')
  process.kill(pid, 'SIGKILL')
})

t.test('a token that is taken away and put back', async (t) => {
  const pair = await makePair(t)
  const known: [string, string][] = []
  const hsm = await pair.open({}, { expected: async () => known })
  pair.mirror()
  const { id, checkValue } = await makeKey(hsm)
  known.push([id, checkValue])
  const work = load(hsm, id)
  pair.remove('a2')
  await eventually(() => state(hsm, 'a2') !== 'ready', 'a2 is not ready')
  const { bytes } = await hsm.generate(clusterId, id, 32, binding(id))
  t.equal(bytes.length, 32)
  pair.putBack('a2')
  await eventually(() => state(hsm, 'a2') === 'ready', 'a2 is ready again')
  const { errors } = await work.stop()
  t.same(errors, [])
  t.match(members(hsm)[1]?.comparison, { absent: [], wrong: [], strange: [] })
})

t.test('a member that lacks a key, or has another in its place, is not asked for it', async (t) => {
  const pair = await makePair(t)
  const lone = await pair.open({}, { clusters: [cluster(pair.members[0])] })
  const { id, checkValue } = await makeKey(lone)
  await lone.close()
  const other = await pair.open({}, { clusters: [cluster(pair.members[1])] })
  const { id: strange } = await makeKey(other)
  await other.close()
  const open = (expected: ExpectedKeys) => pair.open({}, { expected: async () => expected })
  const lacking = await open([[id, checkValue]])
  t.match(members(lacking)[0]?.comparison, { absent: [], wrong: [], strange: [] })
  t.match(members(lacking)[1]?.comparison, { absent: [id], wrong: [], strange: [strange] })
  for (let count = 0; count < 8; count++)
    t.equal((await lacking.generate(clusterId, id, 8, binding(id))).bytes.length, 8)
  const words = pair.events.map(({ event }) => event)
  t.ok(words.includes('keys that are not on the token'))
  t.ok(words.includes('keys on the token that nobody knows, left alone'))
  await lacking.close()
  const changed = await open([[id, '00'.repeat(24)]])
  t.match(members(changed)[0]?.comparison, { wrong: [id] })
  await t.rejects(changed.generate(clusterId, id, 8, binding(id)), { code: 'unavailable' })
  t.ok(pair.events.some(({ event }) => event === 'keys with another check value, not used'))
})

t.test('with one member away nothing is destroyed: its copy would come back', async (t) => {
  const pair = await makePair(t)
  const hsm = await pair.open({ requestTimeout: 1000 })
  pair.mirror()
  const { id } = await makeKey(hsm)
  pair.remove('a2')
  process.kill(members(hsm)[1]?.processes[0] ?? 0, 'SIGKILL')
  await eventually(() => state(hsm, 'a2') === 'down', 'a2 is down')
  await t.rejects(hsm.destroyKey(clusterId, id), { code: 'unavailable' })
  pair.putBack('a2')
  await eventually(() => state(hsm, 'a2') === 'ready', 'a2 is ready again')
  await hsm.destroyKey(clusterId, id)
})

function cluster(member: MemberConfig) {
  return { id: clusterId, name: '', default: true, members: [member] }
}
