// CiphertextBlob: its shape, its way back, and that no altered one opens.
import { randomBytes } from 'node:crypto'
import t from 'tap'
import { decodeCiphertext, encodeCiphertext } from '../../../src/dialects/tencent/ciphertext.ts'
import { createClient } from './client.ts'

const keyVersionId = '2ab1a983-7072-4bbc-a582-584b5bd8ecf3'
const context = { env: 'dev' }
const refused = { code: 'ciphertext-invalid' }
const invalid = 'InvalidParameterValue.InvalidCiphertext'

const envelope = (purpose: 'data-key' | 'data', versionId = keyVersionId) =>
  ({
    keyVersionId: versionId,
    strategy: 'rfc3394',
    purpose,
    wrapped: randomBytes(80),
    body: randomBytes(purpose === 'data' ? 17 : 0),
  }) as const

t.test('a blob has the vendor’s three parts and comes back as it was', async (t) => {
  for (const purpose of ['data-key', 'data'] as const) {
    const sealed = envelope(purpose)
    const text = encodeCiphertext(sealed, context)
    const parts = text.split('-k-')
    t.equal(parts.length, 3)
    t.equal(parts[0]?.length, 88)
    t.equal(parts[1]?.length, 24)
    t.same(decodeCiphertext(text, context), sealed)
  }
})

t.test('part 1 depends on the key version alone, part 2 on the context alone', async (t) => {
  const part = (index: number, versionId: string, of: Record<string, string>) =>
    encodeCiphertext(envelope('data-key', versionId), of).split('-k-')[index]
  const other = '599fa825-17de-417e-9554-bb032cc6a001'
  t.equal(part(0, keyVersionId, {}), part(0, keyVersionId, context))
  t.not(part(0, keyVersionId, {}), part(0, other, {}))
  t.equal(part(1, keyVersionId, {}), part(1, other, {}))
  t.not(part(1, keyVersionId, {}), part(1, keyVersionId, context))
  t.equal(part(1, keyVersionId, { a: '1', b: '2' }), part(1, keyVersionId, { b: '2', a: '1' }))
  t.not(part(1, keyVersionId, { a: '1', b: '2' }), part(1, keyVersionId, { a: '2', b: '1' }))
})

t.test('what no encoder made is refused', async (t) => {
  const text = encodeCiphertext(envelope('data-key'), context)
  const parts = text.split('-k-')
  const url = (part = '') => Buffer.from(part, 'base64').toString('base64url')
  const bad = [
    '',
    '-k-',
    '-k--k-',
    '****',
    parts[0],
    parts.slice(0, 2).join('-k-'),
    parts.slice(1).join('-k-'),
    parts.join(''),
    parts.join('-K-'),
    parts.toReversed().join('-k-'),
    [parts[1], parts[0], parts[2]].join('-k-'),
    [...parts, ''].join('-k-'),
    [...parts, parts[2]].join('-k-'),
    ['', ...parts].join('-k-'),
    Buffer.from(text).toString('base64'),
    `${text}=`,
    `${text}\n`,
    ` ${text}`,
    text.replace('=', ''),
    text.replaceAll('=', ''),
    parts.map(url).join('-k-'),
  ]
  for (const one of bad) {
    t.throws(() => decodeCiphertext(one ?? '', context), refused, JSON.stringify(one).slice(0, 60))
  }
  t.throws(() => decodeCiphertext(text, {}), refused, 'no context')
  t.throws(() => decodeCiphertext(text, { env: 'prod' }), refused, 'another context')
  t.throws(() => decodeCiphertext(text, { ...context, a: '' }), refused, 'a larger context')
})

for (const [action, input] of [
  ['GenerateDataKey', { NumberOfBytes: 24 }],
  ['Encrypt', { Plaintext: Buffer.from('twelve bytes').toString('base64') }],
] as const) {
  t.test(`${action}: a blob with any byte flipped, cut, moved or added does not open`, async (t) => {
    const { call, makeKey } = await createClient()
    const EncryptionContext = JSON.stringify(context)
    const KeyId = await makeKey()
    const seal = async (keyId = KeyId, given: object = { EncryptionContext }): Promise<string> =>
      (await call(action, { KeyId: keyId, ...input, ...given })).CiphertextBlob
    const open = (CiphertextBlob: string) => call('Decrypt', { CiphertextBlob, EncryptionContext })
    const mustFail = async (blob: string, name: string) => {
      const code = (await open(blob)).Error?.Code
      if (code !== invalid) t.fail(`${name}: ${code}`)
    }
    const text = await seal()
    t.equal((await open(text)).KeyId, KeyId)

    const parts = text.split('-k-').map((part) => Buffer.from(part, 'base64'))
    const join = (changed: readonly Buffer[]) => changed.map((part) => part.toString('base64')).join('-k-')
    for (const [position, part] of parts.entries()) {
      const replaced = (bytes: Buffer) => join(parts.map((own, at) => (at === position ? bytes : own)))
      for (let index = 0; index < part.length; index++) {
        for (const bit of [0x01, 0x02, 0x20, 0x80]) {
          const altered = Buffer.from(part)
          altered[index] = (altered[index] as number) ^ bit
          await mustFail(replaced(altered), `part ${position}, byte ${index} ^ ${bit}`)
        }
        await mustFail(replaced(part.subarray(0, index)), `part ${position} cut to ${index}`)
        await mustFail(replaced(part.subarray(index + 1)), `part ${position} without its first ${index + 1}`)
      }
      for (const more of [Buffer.alloc(1), Buffer.alloc(8), randomBytes(16)]) {
        await mustFail(replaced(Buffer.concat([part, more])), `part ${position} longer`)
      }
    }

    // Every character of the text, so that no second spelling of a base64 part opens either.
    for (let index = 0; index < text.length; index++) {
      for (const character of ['A', 'B', '/', '=', '-', ' ']) {
        if (text[index] === character) continue
        await mustFail(text.slice(0, index) + character + text.slice(index + 1), `character ${index}`)
      }
      await mustFail(text.slice(0, index), `text cut to ${index}`)
    }

    const others = {
      'another key': await seal(await makeKey()),
      'another context': await seal(KeyId, { EncryptionContext: '{"env":"prod"}' }),
      'no context': await seal(KeyId, {}),
    }
    for (const [name, other] of Object.entries(others)) {
      const theirs = other.split('-k-')
      const ours = text.split('-k-')
      // A swapped part opens only where it is the same text.
      for (const position of [0, 1, 2]) {
        const mixed = ours.toSpliced(position, 1, theirs[position] ?? '').join('-k-')
        if (mixed !== text) await mustFail(mixed, `part ${position} of ${name}`)
      }
    }
    t.equal((await open(text)).KeyId, KeyId, 'and the blob itself still opens')
  })
}

t.test('a blob does not pass for another kind', async (t) => {
  const { call, makeKey } = await createClient()
  const KeyId = await makeKey()
  const { CiphertextBlob } = await call('GenerateDataKey', { KeyId, NumberOfBytes: 32 })
  const [reference, tag, sealed] = CiphertextBlob.split('-k-')
  for (const purpose of [0, 2, 3, 4, 5]) {
    const bytes = Buffer.from(sealed, 'base64')
    bytes[2] = purpose
    const blob = [reference, tag, bytes.toString('base64')].join('-k-')
    t.match(
      await call('Decrypt', { CiphertextBlob: blob }),
      { Error: { Code: invalid } },
      `purpose ${purpose}`,
    )
  }
})
