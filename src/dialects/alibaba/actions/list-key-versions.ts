// ListKeyVersions: a page of a CMK's versions, newest first.
import { Type } from 'typebox'
import { defineAction } from '../../dialect.ts'
import { exampleKeyId, exampleTime, exampleVersionId } from '../examples.ts'
import { keyId, listed, listing, page, pageNumber, versionPageSize } from '../fields.ts'
import { keyReference } from '../key-reference.ts'
import { keyVersion, toKeyVersion } from '../key-version.ts'

export const listKeyVersions = defineAction({
  name: 'ListKeyVersions',
  summary: 'A page of the versions of a CMK, newest first.',
  input: Type.Object({ KeyId: keyId, PageNumber: pageNumber, PageSize: versionPageSize }),
  output: Type.Object({ KeyVersions: Type.Object({ KeyVersion: Type.Array(keyVersion) }), ...listing }),
  errors: ['InvalidParameter', 'Forbidden.KeyNotFound', 'Forbidden.AliasNotFound'],
  example: {
    input: { KeyId: exampleKeyId },
    output: {
      KeyVersions: {
        KeyVersion: [{ KeyId: exampleKeyId, KeyVersionId: exampleVersionId, CreationDate: exampleTime }],
      },
      PageNumber: 1,
      PageSize: 10,
      TotalCount: 1,
    },
  },
  async handle(input, context) {
    const key = keyReference(input.KeyId, context)
    const { total, rows } = await context.kms.listKeyVersions(context.caller, { key, ...page(input) })
    return { KeyVersions: { KeyVersion: rows.map(toKeyVersion) }, ...listed(input, total) }
  },
})
