// The pairs that sign the audit log: two nodes may each have made one on a fresh token, and either must sign for both.
import { verify } from 'node:crypto'
import { cpSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { readPublicKey } from '../../src/audit/chain.ts'
import { makeNssToken, withoutNss } from '../support/nss-token.ts'
import { makePair } from '../support/pair.ts'
import { clusterId, makeToken } from '../support/tokens.ts'

const head = Buffer.from('the newest line')

const isSignedBy = (publicKey: Buffer, signature: Buffer) =>
  verify('sha256', head, { key: readPublicKey(publicKey), dsaEncoding: 'ieee-p1363' }, signature)

for (const { name, skip, make } of [
  { name: 'SoftHSM', skip: false, make: makeToken },
  { name: 'NSS softokn', skip: withoutNss, make: makeNssToken },
] as const)
  t.test(`${name}: a pair is made once, and found by every process`, { skip }, async (t) => {
    const token = await make(t)
    const [one, other] = [await token.open(), await token.open()]
    const publicKey = await one.notary.publicKey(clusterId)
    t.same(await other.notary.publicKey(clusterId), publicKey)
    t.ok(isSignedBy(publicKey, await other.notary.sign(clusterId, publicKey, head)))
  })

t.test('with two pairs on a token the one that is asked for signs', async (t) => {
  const { home, members, open } = await makePair(t)
  const alone = (index: 0 | 1) =>
    open({}, { clusters: [{ id: clusterId, name: '', default: true, members: [members[index]] }] })
  const nodes = [await alone(0), await alone(1)]
  const keys = await Promise.all(nodes.map(({ notary }) => notary.publicKey(clusterId)))
  t.notSame(keys[0], keys[1])
  await Promise.all(nodes.map((hsm) => hsm.close()))

  cpSync(join(home, 'tokens/a'), join(home, 'tokens/a2'), { recursive: true, force: false })
  const { notary } = await alone(1)
  for (const key of keys) t.ok(isSignedBy(key, await notary.sign(clusterId, key, head)))
})

t.test('a pair that the token does not have signs nothing', async (t) => {
  const [one, other] = [await makeToken(t), await makeToken(t)]
  const publicKey = await (await one.open()).notary.publicKey(clusterId)
  await t.rejects((await other.open()).notary.sign(clusterId, publicKey, head), { code: 'unavailable' })
})
