// The ciphertext format: every length, every damaged byte, one text per equal context.
import { randomBytes, randomUUID } from 'node:crypto'
import t from 'tap'
import {
  bindingDigest,
  canonicalContext,
  decodeEnvelope,
  decodePayload,
  encodeEnvelope,
  encodePayload,
  openBody,
  sealBody,
  uuidBytes,
  uuidText,
} from '../../src/core/sealed.ts'

const keyVersionId = '0b8a3cf0-6a2b-4a4e-9c57-6f3d1f1f0a01'

t.test('a payload carries a secret of every length from 1 to 1024 bytes', async (t) => {
  const binding = bindingDigest('data-key', keyVersionId, {})
  for (let length = 1; length <= 1024; length++) {
    const secret = randomBytes(length)
    const payload = encodePayload(secret, binding)
    if (payload.length % 8 !== 0 || payload.length < 16) t.fail(`length ${length} is not aligned`)
    if (!decodePayload(payload, binding)?.equals(secret)) t.fail(`length ${length} came back changed`)
  }
})

t.test('a payload with any altered byte is refused', async (t) => {
  const binding = bindingDigest('data-key', keyVersionId, {})
  // No zero at its end: a shorter length would take it for padding.
  const payload = encodePayload(Buffer.alloc(13, 0x5a), binding)
  for (let index = 0; index < payload.length; index++) {
    const altered = Buffer.from(payload)
    altered[index] = (altered[index] as number) ^ 1
    // A flip inside the secret itself is what the token's authenticated wrap is there to find.
    if (index >= 2 && index < 15) continue
    if (decodePayload(altered, binding) !== undefined) t.fail(`byte ${index}`)
  }
  t.equal(decodePayload(payload.subarray(0, -8), binding), undefined, 'cut')
  t.equal(decodePayload(Buffer.concat([payload, Buffer.alloc(8)]), binding), undefined, 'extended')
  t.equal(decodePayload(Buffer.alloc(0), binding), undefined, 'empty')
})

t.test('a binding differs by purpose, key version and context', async (t) => {
  const digests = [
    bindingDigest('data-key', keyVersionId, {}),
    bindingDigest('data', keyVersionId, {}),
    bindingDigest('data-key', randomUUID(), {}),
    bindingDigest('data-key', keyVersionId, { a: 'b' }),
    bindingDigest('data-key', keyVersionId, { a: '' }),
  ].map((digest) => digest.toString('hex'))
  t.equal(new Set(digests).size, digests.length)
})

t.test('equal contexts have one canonical text, different ones never share it', async (t) => {
  t.equal(canonicalContext({ b: '2', a: '1' }), '{"a":"1","b":"2"}')
  t.equal(canonicalContext({}), '{}')
  t.equal(canonicalContext({ 10: 'x', 9: 'y' }), '{"10":"x","9":"y"}')
  t.not(canonicalContext({ a: '1","b":"2' }), canonicalContext({ a: '1', b: '2' }))
  t.not(canonicalContext({ a: '\ud800' }), canonicalContext({ a: '\ufffd' }))
})

t.test('an envelope reads back as written', async (t) => {
  for (const purpose of ['data-key', 'data', 'secret'] as const) {
    const body = purpose === 'data' ? randomBytes(40) : Buffer.alloc(0)
    const envelope = { keyVersionId, strategy: 'rfc3394' as const, purpose, wrapped: randomBytes(80), body }
    t.same(decodeEnvelope(keyVersionId, encodeEnvelope(envelope)), envelope)
  }
})

t.test('an envelope that is cut, extended or of an unknown kind is refused', async (t) => {
  const wrapped = randomBytes(80)
  const bytes = encodeEnvelope({
    keyVersionId,
    strategy: 'rfc3394',
    purpose: 'data-key',
    wrapped,
    body: Buffer.alloc(0),
  })
  for (let length = 0; length < bytes.length; length++) {
    t.throws(() => decodeEnvelope(keyVersionId, bytes.subarray(0, length)), { code: 'ciphertext-invalid' })
  }
  t.throws(() => decodeEnvelope(keyVersionId, Buffer.concat([bytes, Buffer.of(0)])), {
    code: 'ciphertext-invalid',
  })
  for (const index of [0, 1, 2, 3]) {
    const altered = Buffer.from(bytes)
    altered[index] = 0xff
    t.throws(() => decodeEnvelope(keyVersionId, altered), { code: 'ciphertext-invalid' })
  }
})

t.test('a body opens under its key and binding only', async (t) => {
  const key = randomBytes(32)
  const binding = bindingDigest('data', keyVersionId, {})
  const body = sealBody(key, Buffer.from('hello'), binding)
  t.equal(openBody(key, body, binding).toString(), 'hello')
  const other = bindingDigest('data', keyVersionId, { a: 'b' })
  t.throws(() => openBody(key, body, other), { code: 'ciphertext-invalid' })
  t.throws(() => openBody(randomBytes(32), body, binding), { code: 'ciphertext-invalid' })
  t.throws(() => openBody(randomBytes(16), body, binding), { code: 'ciphertext-invalid' })
  for (let index = 0; index < body.length; index++) {
    const altered = Buffer.from(body)
    altered[index] = (altered[index] as number) ^ 0x80
    t.throws(() => openBody(key, altered, binding), { code: 'ciphertext-invalid' })
    t.throws(() => openBody(key, body.subarray(0, index), binding), { code: 'ciphertext-invalid' })
  }
})

t.test('uuid bytes and text are each other', async (t) => {
  t.equal(uuidText(uuidBytes(keyVersionId)), keyVersionId)
})
