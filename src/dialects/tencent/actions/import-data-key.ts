// ImportDataKey: the service keeps a data key of the caller, given as a blob of this service or in clear.
import { Type } from 'typebox'
import type { ImportDataKeyInput } from '../../../core/operations/import-data-key.ts'
import { decodeBase64 } from '../../base64.ts'
import { defineAction } from '../../dialect.ts'
import { ParameterError } from '../../parameters.ts'
import { decodeCiphertext } from '../ciphertext.ts'
import { exampleDataKeyId, exampleKeyId } from '../examples.ts'
import {
  dataKeyDescription,
  dataKeyName,
  given,
  givenKeyId,
  hostingOf,
  hsmClusterId,
  strict,
  tags,
} from '../fields.ts'

/** Longest data key, in bytes. */
const longest = 1024
const invalidKeyId = 'InvalidParameterValue.InvalidKeyId'

export const importDataKey = defineAction({
  name: 'ImportDataKey',
  summary: 'Keeps a data key of the caller, given as a blob of this service or in clear.',
  input: Type.Object(
    {
      DataKeyName: dataKeyName,
      ImportKeyMaterial: Type.String({
        description: 'A CiphertextBlob without context, or base64 of 1 to 1024 bytes.',
      }),
      ImportType: Type.Integer({
        minimum: 1,
        maximum: 2,
        description: '1: a CiphertextBlob; 2: in clear.',
        code: 'InvalidParameterValue.InvalidType',
      }),
      Description: Type.Optional(dataKeyDescription),
      KeyId: Type.Optional(
        Type.String({
          description: 'CMK to wrap under, required with 2; with 1 it must be the CMK of the blob.',
        }),
      ),
      HsmClusterId: hsmClusterId,
      Tags: tags,
    },
    strict,
  ),
  output: Type.Object({
    KeyId: Type.String(),
    DataKeyId: Type.String(),
    TagCode: Type.Integer(),
    TagMsg: Type.String(),
  }),
  errors: [
    'FailedOperation.TaggingError',
    'InvalidParameter',
    'InvalidParameterValue.DataKeyNameAlreadyExists',
    'InvalidParameterValue.InvalidDataKeyName',
    'InvalidParameterValue.InvalidHsmClusterId',
    'InvalidParameterValue.InvalidImportKeyMaterial',
    'InvalidParameterValue.InvalidKeyId',
    'InvalidParameterValue.InvalidKeyUsage',
    'InvalidParameterValue.InvalidPlaintext',
    'InvalidParameterValue.InvalidType',
    'InvalidParameterValue.TagKeysDuplicated',
    'InvalidParameterValue.TagsNotExisted',
    'LimitExceeded.CmkLimitExceeded',
    'LimitExceeded.DataKeyLimitExceeded',
    'ResourceUnavailable.CmkArchived',
    'ResourceUnavailable.CmkDisabled',
    'ResourceUnavailable.CmkNotFound',
    'ResourceUnavailable.KeyPendingDelete',
    'UnauthorizedOperation',
  ],
  example: {
    input: { DataKeyName: 'orders-2025', ImportKeyMaterial: 'MTIzNAo=', ImportType: 2, KeyId: exampleKeyId },
    output: { KeyId: exampleKeyId, DataKeyId: exampleDataKeyId, TagCode: 0, TagMsg: 'ok' },
  },
  async handle(input, { kms, caller }) {
    const clusterId = given(input.HsmClusterId)
    const { keyId, dataKeyId } = await kms.importDataKey(caller, {
      hosting: hostingOf(input),
      material: materialOf(input),
      ...(clusterId === undefined ? {} : { clusterId }),
    })
    return { KeyId: keyId, DataKeyId: dataKeyId, TagCode: 0, TagMsg: 'ok' }
  },
})

interface Given {
  readonly ImportKeyMaterial: string
  readonly ImportType: number
  readonly KeyId?: string
}

function materialOf({ ImportKeyMaterial, ImportType, KeyId }: Given): ImportDataKeyInput['material'] {
  const keyId = givenKeyId(KeyId)
  if (ImportType === 1) {
    const envelope = decodeCiphertext(ImportKeyMaterial, {})
    return { envelope, ...(keyId === undefined ? {} : { keyId }) }
  }
  if (keyId === undefined) throw new ParameterError('value', 'KeyId', invalidKeyId)
  const plaintext = decodeBase64(ImportKeyMaterial)
  if (plaintext === undefined || plaintext.length === 0 || plaintext.length > longest) {
    throw new ParameterError('value', 'ImportKeyMaterial', 'InvalidParameterValue.InvalidPlaintext')
  }
  return { plaintext, keyId }
}
