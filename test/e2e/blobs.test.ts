// Blobs that were flipped, cut, swapped or extended anywhere, and other contexts: never opened, never a 5xx.
import t from 'tap'
import { alibabaRequest, send, tencentRequest } from '../support/raw.ts'
import { startHome } from '../support/server.ts'

const home = await startHome(t)
const { server } = home
const credentials = home.credentials()
const { keyId } = credentials
const base64 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'

interface Reply {
  readonly status: number
  readonly code: string
  readonly body: Record<string, string>
}

async function tencent(action: string, input: object): Promise<Reply> {
  const reply = await send(server.host, tencentRequest(credentials, action, input))
  const { Response } = JSON.parse(reply.body)
  return { status: reply.status, code: Response.Error?.Code ?? 'OK', body: Response }
}

async function alibaba(action: string, input: object): Promise<Reply> {
  const reply = await send(server.host, alibabaRequest(credentials, action, input))
  const body = JSON.parse(reply.body)
  return { status: reply.status, code: body.Code ?? 'OK', body }
}

/** Every blob with one character changed to its neighbour in the alphabet, and to one that is not in it. */
function flips(blob: string): string[] {
  return [...blob].flatMap((character, index) => {
    const place = base64.indexOf(character)
    const neighbour = place < 0 ? 'A' : (base64[place ^ 1] ?? 'A')
    return [neighbour, place < 0 ? '-' : '*']
      .filter((other) => other !== character)
      .map((other) => blob.slice(0, index) + other + blob.slice(index + 1))
  })
}

function cuts(blob: string): string[] {
  return Array.from({ length: blob.length }, (_, length) => blob.slice(0, length))
}

async function codes(
  call: typeof tencent,
  blobs: readonly string[],
  more: object = {},
): Promise<Record<string, number>> {
  const seen: Record<string, number> = {}
  for (let index = 0; index < blobs.length; index += 32) {
    const replies = await Promise.all(
      blobs.slice(index, index + 32).map((CiphertextBlob) => call('Decrypt', { CiphertextBlob, ...more })),
    )
    for (const { status, code } of replies) {
      const name = status >= 500 ? `${status} ${code}` : code
      seen[name] = (seen[name] ?? 0) + 1
    }
  }
  return seen
}

const context = JSON.stringify({ a: 'b' })

for (const action of ['GenerateDataKey', 'Encrypt']) {
  const input = {
    KeyId: keyId,
    EncryptionContext: context,
    ...(action === 'Encrypt' ? { Plaintext: 'aGVsbG8=' } : { NumberOfBytes: 5 }),
  }

  t.test(`Tencent, a blob of ${action}`, async (t) => {
    const invalid = 'InvalidParameterValue.InvalidCiphertext'
    const blob = (await tencent(action, input)).body.CiphertextBlob ?? ''
    const other = (await tencent(action, input)).body.CiphertextBlob ?? ''
    const bare = (await tencent(action, { ...input, EncryptionContext: '' })).body.CiphertextBlob ?? ''
    const bound = { EncryptionContext: context }
    const [reference, tag, envelope] = blob.split('-k-')
    const [, bareTag, bareEnvelope] = bare.split('-k-')
    const altered = [
      ...flips(blob),
      ...cuts(blob),
      `${blob}A`,
      `${blob}====`,
      `${blob}-k-`,
      `${blob}-k-AAAA`,
      ` ${blob}`,
      `${blob}\n`,
      [reference, tag, bareEnvelope].join('-k-'),
      [tag, reference, envelope].join('-k-'),
      [reference, envelope].join('-k-'),
    ]
    t.same(await codes(tencent, altered, bound), { [invalid]: altered.length })
    t.same(await codes(tencent, [blob]), { [invalid]: 1 }, 'no context')
    t.same(
      await codes(tencent, [blob], { EncryptionContext: '{"a":"c"}' }),
      { [invalid]: 1 },
      'another context',
    )
    t.same(
      await codes(tencent, [[reference, bareTag, envelope].join('-k-')]),
      { [invalid]: 1 },
      'another context, tag to match',
    )
    t.same(
      await codes(tencent, [blob, other], { EncryptionContext: ' {"a" : "b"} ' }),
      { OK: 2 },
      'equal by content',
    )
  })

  t.test(`Alibaba, a blob of ${action}`, async (t) => {
    const blob = (await alibaba(action, input)).body.CiphertextBlob ?? ''
    const bound = { EncryptionContext: context }
    const seen = await codes(
      alibaba,
      [...flips(blob), ...cuts(blob).slice(1), `${blob}A`, `${blob}AAAA`],
      bound,
    )
    // A flip inside the version's UUID may make the UUID of no key: the documented answer to that is another one.
    t.same(Object.keys(seen).sort(), ['Forbidden.KeyNotFound', 'InvalidParameter'])
    t.ok((seen['Forbidden.KeyNotFound'] ?? 0) <= 96, 'only flips of the first 48 characters')
    t.same(await codes(alibaba, ['']), { MissingParameter: 1 })
    t.same(await codes(alibaba, [blob]), { InvalidParameter: 1 }, 'no context')
    t.same(
      await codes(alibaba, [blob], { EncryptionContext: '{"a":"c"}' }),
      { InvalidParameter: 1 },
      'another context',
    )
    t.same(
      await codes(alibaba, [blob], { EncryptionContext: ' {"a" : "b"} ' }),
      { OK: 1 },
      'equal by content',
    )
    const upper = Buffer.from(blob, 'base64')
    upper.write(upper.subarray(0, 36).toString().toUpperCase())
    t.same(
      await codes(alibaba, [upper.toString('base64')], bound),
      { InvalidParameter: 1 },
      'UUID in upper case',
    )
  })
}

t.test('a blob of one key does not open as one of another', async (t) => {
  const made = await alibaba('CreateKey', {})
  const other = (made.body.KeyMetadata as unknown as { KeyId: string }).KeyId
  const one = (await alibaba('GenerateDataKey', { KeyId: keyId })).body.CiphertextBlob ?? ''
  const two = (await alibaba('GenerateDataKey', { KeyId: other })).body.CiphertextBlob ?? ''
  const [a, b] = [Buffer.from(one, 'base64'), Buffer.from(two, 'base64')]
  const swapped = Buffer.concat([b.subarray(0, 36), a.subarray(36)]).toString('base64')
  t.same(await codes(alibaba, [swapped]), { InvalidParameter: 1 })
})

t.test('bad blobs cost no token process', async (t) => {
  t.notOk(server.output.some((line) => line.includes('replacing')))
})
