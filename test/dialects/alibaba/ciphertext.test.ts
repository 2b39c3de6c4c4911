// CiphertextBlob: its shape, its way back, and that no altered one opens.
import { randomBytes } from 'node:crypto'
import t from 'tap'
import { decodeCiphertext, encodeCiphertext } from '../../../src/dialects/alibaba/ciphertext.ts'
import { createClient } from './client.ts'

const keyVersionId = '2ab1a983-7072-4bbc-a582-584b5bd8ecf3'
const refused = { code: 'ciphertext-invalid' }

t.test('a blob begins with the key version as text and comes back as it was', async (t) => {
  for (const [purpose, bodyLength] of [
    ['data-key', 0],
    ['data', 17],
  ] as const) {
    const envelope = {
      keyVersionId,
      strategy: 'rfc3394',
      purpose,
      wrapped: randomBytes(80),
      body: randomBytes(bodyLength),
    } as const
    const text = encodeCiphertext(envelope)
    t.equal(Buffer.from(text, 'base64').subarray(0, 36).toString(), keyVersionId)
    t.same(decodeCiphertext(text), envelope)
  }
})

t.test('what no encoder made is refused', async (t) => {
  const upper = (text: string) =>
    Buffer.from(Buffer.from(text, 'base64').toString('latin1').toUpperCase(), 'latin1')
  const { text } = await sealed('GenerateDataKey')
  const bytes = Buffer.from(text, 'base64')
  const capital = Buffer.concat([
    Buffer.from(bytes.subarray(0, 36).toString().toUpperCase()),
    bytes.subarray(36),
  ])
  t.not(capital.toString('latin1'), bytes.toString('latin1'), 'the id has letters')
  for (const bad of [
    '',
    'x',
    '****',
    keyVersionId,
    Buffer.from(keyVersionId).toString('base64'),
    capital.toString('base64'),
    upper(text).toString('base64'),
    `${text}=`,
    ` ${text}`,
    `${text}\n`,
    text.replace(/=*$/, ''),
    bytes.toString('base64url'),
  ]) {
    if (bad !== text) t.throws(() => decodeCiphertext(bad), refused, bad.slice(0, 60))
  }
})

for (const action of ['GenerateDataKey', 'Encrypt']) {
  t.test(`${action}: a blob with any byte flipped, cut or added does not open`, async (t) => {
    const { text, client } = await sealed(action)
    const bytes = Buffer.from(text, 'base64')
    const open = (blob: Buffer) => client.call('Decrypt', { CiphertextBlob: blob.toString('base64') })
    t.equal((await open(bytes)).status, 200)
    for (let index = 0; index < bytes.length; index++) {
      for (const bit of [0x01, 0x02, 0x20, 0x80]) {
        const altered = Buffer.from(bytes)
        altered[index] = (altered[index] as number) ^ bit
        const { body } = await open(altered)
        // A byte of the id that turns into another digit names a version that is not there.
        const wanted = index < 36 ? ['InvalidParameter', 'Forbidden.KeyNotFound'] : ['InvalidParameter']
        if (!wanted.includes(body.Code)) t.fail(`byte ${index} ^ ${bit}: ${body.Code}`)
      }
    }
    for (let length = 0; length < bytes.length; length++) {
      const { body } = await open(bytes.subarray(0, length))
      const wanted = length === 0 ? 'MissingParameter' : 'InvalidParameter'
      if (body.Code !== wanted) t.fail(`cut to ${length}: ${body.Code}`)
    }
    for (const more of [Buffer.alloc(1), Buffer.alloc(8), randomBytes(16)]) {
      const { status, body } = await open(Buffer.concat([bytes, more]))
      t.match(
        { status, body },
        { status: 400, body: { Code: 'InvalidParameter', Message: /CiphertextBlob/ } },
      )
    }
  })
}

/** A blob whose version id has letters, so that its case can be altered. */
async function sealed(action: string) {
  const client = await createClient()
  for (;;) {
    const KeyId = await client.makeKey()
    const input = action === 'Encrypt' ? { KeyId, Plaintext: 'twelve bytes' } : { KeyId, NumberOfBytes: 24 }
    const { body } = await client.call(action, input)
    if (/[a-f]/.test(body.KeyVersionId)) return { text: body.CiphertextBlob as string, client }
  }
}
