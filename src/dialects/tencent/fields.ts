// Schema fields that several actions share, with the vendor's code for a bad value of each.
import { Type } from 'typebox'
import type { Hosting } from '../../core/hosting.ts'
import { ParameterError } from '../parameters.ts'

const uuid = '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$'

/** Longest EncryptionContext, in characters. */
export const contextLimit = 1024

export const strict = { additionalProperties: false } as const

export const keyId = Type.String({
  pattern: uuid,
  description: 'Globally unique CMK ID.',
  code: 'InvalidParameterValue.InvalidKeyId',
})

export const dataKeyId = Type.String({
  pattern: uuid,
  description: 'Globally unique id of the hosted data key.',
  code: 'InvalidParameterValue.InvalidDataKeyId',
})

export const dataKeyIds = Type.Array(dataKeyId, {
  minItems: 1,
  maxItems: 100,
  description: 'Ids of hosted data keys, at most 100, none twice.',
  code: 'InvalidParameterValue',
})

/** Charset and length are undocumented: those of an Alias, and the reserved prefix of CMKs is free. */
const dataKeyNamePattern = '^[A-Za-z0-9][A-Za-z0-9_-]{0,59}$'
const invalidDataKeyName = 'InvalidParameterValue.InvalidDataKeyName'

export const dataKeyName = Type.String({
  pattern: dataKeyNamePattern,
  description: 'Unique name: 1 to 60 letters, digits, - and _, the first a letter or digit.',
  code: invalidDataKeyName,
})

/** Longest Description of a data key, in bytes. */
const dataKeyDescriptionLimit = 100

export const dataKeyDescription = Type.String({ description: 'At most 100 bytes.' })

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

export const tagFilters = Type.Optional(
  Type.Array(
    Type.Object(
      {
        TagKey: Type.String({ description: 'Tag key.' }),
        TagValue: Type.Optional(
          Type.Array(Type.String(), { maxItems: 100, description: 'Values, any of which will do.' }),
        ),
      },
      strict,
    ),
    { maxItems: 50, description: 'All of which must hold, at most 50.' },
  ),
)

export const memberAccounts = Type.Optional(
  Type.Array(memberAccount, { description: 'Member accounts; none may be named here.' }),
)

export const orderType = Type.Optional(
  Type.Integer({ minimum: 0, maximum: 1, description: '0: newest first; 1: oldest first.' }),
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

/** Tags as core wants them. */
export function tagsOf(input: { Tags?: readonly { TagKey: string; TagValue: string }[] }) {
  return (input.Tags ?? []).map(({ TagKey, TagValue }) => ({ key: TagKey, value: TagValue }))
}

/** Tag filters as core wants them. */
export function tagFiltersOf(input: { TagFilters?: readonly { TagKey: string; TagValue?: string[] }[] }) {
  return (input.TagFilters ?? []).map(({ TagKey, TagValue }) => ({ keys: [TagKey], values: TagValue ?? [] }))
}

/** Throws ParameterError when a data key's description is longer than the vendor allows. */
export function checkDataKeyDescription(description: string): void {
  if (Buffer.byteLength(description) > dataKeyDescriptionLimit) {
    throw new ParameterError('value', 'Description')
  }
}

/** Throws ParameterError when an id comes twice. */
export function checkDistinct(ids: readonly string[], parameter: string, code: string): void {
  if (new Set(ids).size !== ids.length) throw new ParameterError('value', parameter, code)
}

interface HostingInput {
  readonly DataKeyName?: string
  readonly Description?: string
  readonly Tags?: readonly { TagKey: string; TagValue: string }[]
}

/** How a data key is to be hosted. Throws ParameterError when its name or description will not do. */
export function hostingOf(input: HostingInput): Hosting {
  const { DataKeyName: name = '', Description: description = '' } = input
  if (!new RegExp(dataKeyNamePattern).test(name)) {
    throw new ParameterError('value', 'DataKeyName', invalidDataKeyName)
  }
  checkDataKeyDescription(description)
  return { name, description, tags: tagsOf(input) }
}

/** A KeyId that may be left out or empty. Throws ParameterError. */
export function givenKeyId(text: string | undefined): string | undefined {
  const id = given(text)
  if (id !== undefined && !new RegExp(uuid).test(id)) {
    throw new ParameterError('value', 'KeyId', 'InvalidParameterValue.InvalidKeyId')
  }
  return id
}

/** Offset and limit with their defaults. */
export function page(input: { Offset?: number; Limit?: number }): { offset: number; limit: number } {
  return { offset: input.Offset ?? 0, limit: input.Limit ?? 10 }
}
