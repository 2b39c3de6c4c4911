// Schema fields that several actions share, with the vendor's code for a bad value of each.
import { Type } from 'typebox'

const uuid = '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$'

/** Longest EncryptionContext, in characters. */
export const contextLimit = 1024

export const strict = { additionalProperties: false } as const

export const keyId = Type.String({
  pattern: uuid,
  description: 'Globally unique CMK ID.',
  code: 'InvalidParameterValue.InvalidKeyId',
})

/** An empty text counts as absent. */
export const hsmClusterId = Type.Optional(
  Type.String({
    description: 'HSM cluster of the exclusive edition; checked against the CMK where there is one.',
  }),
)

export const encryptionContext = Type.Optional(
  Type.String({
    description: 'JSON object of strings, at most 1,024 characters; must be given again to decrypt.',
  }),
)

export const alias = Type.String({
  pattern: '^(?!kms-)[A-Za-z0-9][A-Za-z0-9_-]{0,59}$',
  description:
    'Unique name: 1 to 60 letters, digits, - and _, the first a letter or digit; not beginning kms-.',
  code: 'InvalidParameterValue.InvalidAlias',
})

export const pendingWindowInDays = Type.Integer({
  minimum: 7,
  maximum: 30,
  description: 'Days until deletion, 7 to 30.',
  code: 'InvalidParameter.InvalidPendingWindowInDays',
})

export const numberOfBytes = Type.Integer({
  minimum: 1,
  maximum: 1024,
  description: 'Length in bytes, 1 to 1024.',
})

export const memberAccount = Type.Optional(
  Type.Object(
    { MemberAppId: Type.Integer(), MemberUin: Type.Integer() },
    { description: 'Member account an organization administrator acts for.' },
  ),
)

export const tags = Type.Optional(
  Type.Array(
    Type.Object(
      {
        TagKey: Type.String({ minLength: 1, description: 'Tag key.' }),
        TagValue: Type.String({ description: 'Tag value.' }),
      },
      strict,
    ),
    { maxItems: 50, description: 'Tags, at most 50.' },
  ),
)

/** The database counts in 64 bits; a number beyond would be an internal error there. */
export const offset = Type.Optional(
  Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER, description: 'Rows to skip; 0 when absent.' }),
)
export const limit = Type.Optional(
  Type.Integer({ minimum: 0, maximum: 200, description: 'Rows, at most 200; 10 when absent.' }),
)
export const role = Type.Optional(
  Type.Integer({
    minimum: 0,
    maximum: 1,
    description: "0: the user's keys; 1: keys made for cloud products (none here).",
  }),
)

/** A text, or undefined when it is empty. */
export function given(text: string | undefined): string | undefined {
  return text === '' ? undefined : text
}

/** Offset and limit with their defaults. */
export function page(input: { Offset?: number; Limit?: number }): { offset: number; limit: number } {
  return { offset: input.Offset ?? 0, limit: input.Limit ?? 10 }
}
