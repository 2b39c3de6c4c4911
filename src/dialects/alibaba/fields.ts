// Schema fields that several actions share. An empty text counts as not given before these are looked at.
import { Type } from 'typebox'

/** Longest EncryptionContext, in characters. */
export const contextLimit = 8192
/** Largest Encrypt plaintext, in bytes of its text. */
export const plaintextLimit = 6144

export const keyId = Type.String({ minLength: 1, description: 'Key id, alias/… or ARN.' })
export const globalKeyId = Type.String({ minLength: 1, description: 'Globally unique id of the CMK.' })
export const aliasName = Type.String({
  minLength: 1,
  description: 'alias/ and 1 to 255 letters, digits, _, - and /.',
})
export const encryptionContext = Type.Optional(
  Type.String({ description: 'JSON object of strings; an equal one must be given to decrypt.' }),
)
export const pageNumber = Type.Optional(Type.Integer({ minimum: 1, description: 'Page, from 1 (default).' }))
export const pageSize = pageSizeBetween(1, 100)
/** The pages of these two listings give limits of their own. */
export const aliasPageSize = pageSizeBetween(0, 100)
export const versionPageSize = pageSizeBetween(0, 101)
export const dryRun = Type.Optional(
  Type.Boolean({
    description: 'true: only check the request, and answer with an error that tells the outcome.',
  }),
)

function pageSizeBetween(minimum: number, maximum: number) {
  const description = `Rows a page, ${minimum} to ${maximum}; default 10.`
  return Type.Optional(Type.Integer({ minimum, maximum, description }))
}

/** Members of every listing's reply. */
export const listing = { PageNumber: Type.Integer(), PageSize: Type.Integer(), TotalCount: Type.Integer() }

/** A page as core wants it. */
export function page({ PageNumber = 1, PageSize = 10 }: { PageNumber?: number; PageSize?: number }) {
  return { offset: (PageNumber - 1) * PageSize, limit: PageSize }
}

/** The listing members of a reply. */
export function listed(
  { PageNumber = 1, PageSize = 10 }: { PageNumber?: number; PageSize?: number },
  total: number,
) {
  return { PageNumber, PageSize, TotalCount: total }
}
