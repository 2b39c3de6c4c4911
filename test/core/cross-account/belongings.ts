// Things of an account that another one may try to get at, and their like that never were.
import { randomUUID } from 'node:crypto'
import * as alibaba from '../../../src/dialects/alibaba/ciphertext.ts'
import * as tencent from '../../../src/dialects/tencent/ciphertext.ts'
import { freshName, type Make } from '../permissions/row.ts'

/** A blob with the context it was made with, as JSON; empty for none. */
export interface Blob {
  readonly text: string
  readonly context: string
}

export interface Belongings {
  readonly accountId: string
  readonly keyId: string
  readonly keyVersionId: string
  /** Without prefix. */
  readonly alias: string
  readonly tag: string
  readonly dataKeyId: string
  readonly dataKeyName: string
  /** By dialect. */
  readonly blobs: Readonly<Record<string, readonly Blob[]>>
}

/** Makes a CMK with a name, a tag, blobs of every kind and a hosted data key; `secrets` are what is in the blobs. */
export async function makeBelongings(
  makers: { readonly tencent: Make; readonly alibaba: Make },
  accountId: string,
): Promise<{ readonly theirs: Belongings; readonly secrets: readonly string[] }> {
  const [alias, tag, dataKeyName] = [freshName(), freshName(), freshName()]
  const Tags = [{ TagKey: tag, TagValue: 'x' }]
  const { KeyId } = await makers.tencent('CreateKey', { Alias: alias, Tags })
  const hosting = { KeyId, KeySpec: 'AES_256', IsHostedByKms: 1, DataKeyName: dataKeyName }
  const hosted = await makers.tencent('GenerateDataKey', hosting)
  const { KeyMetadata } = await makers.alibaba('DescribeKey', { KeyId })
  const text = Buffer.from(`text of ${alias}`).toString('base64')
  const context = JSON.stringify({ app: alias })
  const made = await Promise.all(
    (['tencent', 'alibaba'] as const).map(async (dialect) => {
      const plain = await makers[dialect]('Encrypt', { KeyId, Plaintext: text })
      const bound = await makers[dialect]('Encrypt', { KeyId, Plaintext: text, EncryptionContext: context })
      const dataKey = await makers[dialect]('GenerateDataKey', { KeyId, KeySpec: 'AES_128' })
      const blobs = [plain, dataKey].map(({ CiphertextBlob }) => ({ text: CiphertextBlob, context: '' }))
      return {
        dialect,
        secret: dataKey.Plaintext,
        blobs: [...blobs, { text: bound.CiphertextBlob, context }],
      }
    }),
  )
  const blobs = Object.fromEntries(made.map((one) => [one.dialect, one.blobs]))
  blobs.tencent?.push({ text: hosted.CiphertextBlob, context: '' })
  const theirs = {
    accountId,
    keyId: KeyId,
    keyVersionId: KeyMetadata.PrimaryKeyVersion,
    alias,
    tag,
    dataKeyId: hosted.DataKeyId,
    dataKeyName,
    blobs,
  }
  return { theirs, secrets: [text, hosted.Plaintext, ...made.map(({ secret }) => secret)] }
}

/** The like of what an account has, by names and ids that nothing ever had. */
export function neverWere({ accountId, blobs }: Belongings): Belongings {
  const keyVersionId = randomUUID()
  const moved =
    (dialect: string) =>
    ({ text, context }: Blob) => ({
      text:
        dialect === 'tencent' ? moveTencent(text, context, keyVersionId) : moveAlibaba(text, keyVersionId),
      context,
    })
  return {
    accountId,
    keyId: randomUUID(),
    keyVersionId,
    alias: freshName(),
    tag: freshName(),
    dataKeyId: randomUUID(),
    dataKeyName: freshName(),
    blobs: Object.fromEntries(
      Object.entries(blobs).map(([dialect, list]) => [dialect, list.map(moved(dialect))]),
    ),
  }
}

/** A reply with what it says of these things taken out, so that it can be held against the reply about others. */
export function withoutNames(body: unknown, { blobs: _blobs, ...names }: Belongings): string {
  return Object.entries(names).reduce(
    (text, [kind, name]) => text.replaceAll(name, `<${kind}>`),
    JSON.stringify(body),
  )
}

function moveTencent(text: string, context: string, keyVersionId: string): string {
  const bound = context === '' ? {} : JSON.parse(context)
  return tencent.encodeCiphertext({ ...tencent.decodeCiphertext(text, bound), keyVersionId }, bound)
}

function moveAlibaba(text: string, keyVersionId: string): string {
  return alibaba.encodeCiphertext({ ...alibaba.decodeCiphertext(text), keyVersionId })
}
