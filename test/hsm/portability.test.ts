// The same contract over every PKCS#11 implementation a machine can have without hardware: keys, data keys of every kind
// of length, data, damage, rotation, restart.

import { randomBytes } from 'node:crypto'
import t, { type Test } from 'tap'
import { decodeEnvelope, type Envelope, encodeEnvelope } from '../../src/core/sealed.ts'
import type { TokenHsm } from '../../src/hsm/cluster.ts'
import { plainKey } from '../support/keys.ts'
import { makeNssToken, withoutNss } from '../support/nss-token.ts'
import { makeOpencryptokiToken, withoutOpencryptoki } from '../support/opencryptoki-token.ts'
import { createTestServices } from '../support/services.ts'
import { makeToken, type TestToken } from '../support/tokens.ts'
import { eventually } from '../support/until.ts'

interface Implementation {
  readonly name: string
  readonly skip: string | false
  readonly make: (t: Test) => Promise<TestToken>
  readonly card: object
}

const implementations: readonly Implementation[] = [
  {
    name: 'SoftHSM',
    skip: false,
    make: makeToken,
    card: { strategy: 'rfc3394', copyable: true, local: true, unwrapTemplate: 'readable', maxPayload: 1064 },
  },
  {
    name: 'NSS softokn',
    skip: withoutNss,
    make: makeNssToken,
    card: { strategy: 'rfc3394', copyable: false, local: false, maxPayload: 256 },
  },
  {
    name: 'openCryptoki',
    skip: withoutOpencryptoki,
    make: makeOpencryptokiToken,
    card: {
      strategy: 'cbc-pad-hmac',
      copyable: false,
      local: true,
      unwrapTemplate: 'bare',
      maxPayload: 1064,
      reusesHandles: true,
    },
  },
]

const context = { a: 'b' }

function damaged(envelope: Envelope, part: 'wrapped' | 'body', index: number): Envelope {
  const bytes = Buffer.from(envelope[part])
  bytes[index] = (bytes[index] ?? 0) ^ 4
  return { ...envelope, [part]: bytes }
}

for (const { name, skip, make, card } of implementations) {
  t.test(name, { skip }, async (t) => {
    const token = await make(t)
    const hsm: TokenHsm = await token.open({}, { processes: 2 })
    t.match(hsm.status()[0]?.members[0], { state: 'ready', card }, JSON.stringify(token.events))
    const processes = () => hsm.status()[0]?.members[0]?.processes ?? []
    await eventually(() => processes().length === 2, 'two processes')
    const { kms, caller, services } = await createTestServices({ hsm })
    const { id: keyId } = await kms.createKey(caller, plainKey)

    await t.test('data keys of any length come back byte-exact', async (t) => {
      for (const length of [1, 15, 16, 32, 221, 222, 223, 255, 256, 1023, 1024]) {
        const made = await kms.generateDataKey(caller, { key: { keyId }, length, context })
        t.equal(made.plaintext.length, length)
        // By way of the bytes that clients hold.
        const envelope = decodeEnvelope(made.envelope.keyVersionId, encodeEnvelope(made.envelope))
        t.same(
          (await kms.decrypt(caller, { envelope, context })).plaintext,
          made.plaintext,
          `${length} bytes`,
        )
      }
    })

    await t.test('data of any length too, and a caller’s own key', async (t) => {
      for (const length of [0, 1, 4096]) {
        const plaintext = randomBytes(length)
        const { envelope } = await kms.encrypt(caller, { key: { keyId }, plaintext, context })
        t.same((await kms.decrypt(caller, { envelope, context })).plaintext, plaintext)
      }
      for (const length of [1, 1024]) {
        const bytes = randomBytes(length)
        const hosting = { name: `k${length}`, description: '', tags: [] }
        const material = { plaintext: Buffer.from(bytes), keyId }
        const { dataKeyId } = await kms.importDataKey(caller, { material, hosting })
        t.same(await kms.openDataKey(caller, { dataKeyId }), bytes)
      }
    })

    await t.test('damage in any byte, another context or another key is ciphertext-invalid', async (t) => {
      const before = processes()
      const refused = { code: 'ciphertext-invalid' }
      for (const length of [16, 1024]) {
        const { envelope, plaintext } = await kms.generateDataKey(caller, { key: { keyId }, length, context })
        const refuse = (changed: Envelope, other = context) =>
          t.rejects(kms.decrypt(caller, { envelope: changed, context: other }), refused)
        for (const part of ['wrapped', 'body'] as const) {
          for (let index = 0; index < envelope[part].length; index += 7)
            await refuse(damaged(envelope, part, index))
        }
        for (const strategy of ['rfc3394', 'cbc-pad-hmac', 'aes-gcm'] as const) {
          if (strategy !== envelope.strategy) await refuse({ ...envelope, strategy })
        }
        await refuse(envelope, { a: 'c' })
        await refuse({ ...envelope, wrapped: envelope.wrapped.subarray(0, -8) })
        await refuse({ ...envelope, wrapped: Buffer.alloc(0) })
        await refuse({ ...envelope, wrapped: Buffer.concat([envelope.wrapped, Buffer.alloc(16)]) })
        if (envelope.body.length > 0) {
          await refuse({ ...envelope, purpose: 'data-key', body: Buffer.alloc(0) })
          await refuse({ ...envelope, purpose: 'data' })
        }
        const other = await kms.createKey(caller, plainKey)
        await refuse({ ...envelope, keyVersionId: other.primaryVersionId })
        t.same((await kms.decrypt(caller, { envelope, context })).plaintext, plaintext)
      }
      t.same(processes(), before, 'bad blobs cost no process')
    })

    await t.test('rotation, ReEncrypt, and a key that is destroyed', async (t) => {
      const rules = { scheduledOnly: false, earliest: () => 0, versions: null }
      const { envelope, plaintext } = await kms.generateDataKey(caller, {
        key: { keyId },
        length: 300,
        context,
      })
      await kms.rotateKey(caller, { key: { keyId }, rules })
      t.same((await kms.decrypt(caller, { envelope, context })).plaintext, plaintext)
      const moved = await kms.reEncrypt(caller, { envelope, sourceContext: context, destinationContext: {} })
      t.not(moved.envelope.keyVersionId, envelope.keyVersionId)
      t.same((await kms.decrypt(caller, { envelope: moved.envelope, context: {} })).plaintext, plaintext)
      const doomed = await kms.createKey(caller, plainKey)
      const last = await kms.generateDataKey(caller, { key: { keyId: doomed.id }, length: 16, context })
      await hsm.destroyKey(doomed.clusterId, doomed.primaryVersionId)
      await t.rejects(kms.decrypt(caller, { envelope: last.envelope, context }), { code: 'unavailable' })
    })

    await t.test('under load from two processes, while keys come and go', async (t) => {
      const keys = await Promise.all(Array.from({ length: 4 }, () => kms.createKey(caller, plainKey)))
      const work = async (index: number) => {
        for (let count = 0; count < 30; count++) {
          const { id } = keys[(index + count) % keys.length] ?? keys[0] ?? { id: '' }
          const made = await kms.generateDataKey(caller, { key: { keyId: id }, length: 32, context })
          const { plaintext } = await kms.decrypt(caller, { envelope: made.envelope, context })
          if (!plaintext.equals(made.plaintext)) t.fail('changed')
        }
      }
      const churn = async () => {
        for (let count = 0; count < 5; count++) {
          const key = await kms.createKey(caller, plainKey)
          await hsm.destroyKey(key.clusterId, key.primaryVersionId)
        }
      }
      await Promise.all([...Array.from({ length: 8 }, (_, index) => work(index)), churn()])
      t.pass('every data key opened to the same bytes')
    })

    await t.test('keys outlive the processes that made them, and are told apart', async (t) => {
      const made = await kms.generateDataKey(caller, { key: { keyId }, length: 32, context })
      const expected = await services.store.checkValues(services.hsm.clusters[0]?.id ?? '')
      await hsm.close()
      const again = await token.open({}, {}, { expected: async () => expected })
      const { comparison } = again.status()[0]?.members[0] ?? {}
      t.same(comparison?.wrong, [])
      const { kms: anew } = await createTestServices({ hsm: again, store: services.store })
      t.same((await anew.decrypt(caller, { envelope: made.envelope, context })).plaintext, made.plaintext)
    })
  })
}
