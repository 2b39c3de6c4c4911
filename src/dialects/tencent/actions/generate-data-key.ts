// GenerateDataKey: a data key from the token, in clear and wrapped under the CMK.
import { Type } from 'typebox'
import { encodeAndWipe } from '../../base64.ts'
import { defineAction } from '../../dialect.ts'
import { parseEncryptionContext } from '../../encryption-context.ts'
import { ParameterError } from '../../parameters.ts'
import { encodeCiphertext } from '../ciphertext.ts'
import { exampleBlob, exampleDataKeyId, exampleKeyId } from '../examples.ts'
import {
  contextLimit,
  encryptionContext,
  given,
  hostingOf,
  hsmClusterId,
  keyId,
  numberOfBytes,
  strict,
  tags,
} from '../fields.ts'
import { refuse } from '../messages.ts'
import { recipientFields, recipientOf } from '../recipient.ts'

/** Bytes of each KeySpec. */
const lengths: Readonly<Record<string, number>> = { AES_128: 16, AES_256: 32 }

export const generateDataKey = defineAction({
  name: 'GenerateDataKey',
  summary: 'A data key from the token, in clear and wrapped under the CMK.',
  input: Type.Object(
    {
      KeyId: keyId,
      KeySpec: Type.Optional(Type.String({ description: 'AES_128 or AES_256.' })),
      NumberOfBytes: Type.Optional(numberOfBytes),
      EncryptionContext: encryptionContext,
      ...recipientFields,
      IsHostedByKms: Type.Optional(
        Type.Integer({
          minimum: 0,
          maximum: 1,
          description: '0 (default): the caller keeps the blob. 1: the service keeps the data key too.',
          code: 'InvalidParameterValue.InvalidType',
        }),
      ),
      DataKeyName: Type.Optional(
        Type.String({ description: 'Unique name, required when hosted; otherwise not looked at.' }),
      ),
      Description: Type.Optional(
        Type.String({ description: 'At most 100 bytes when hosted; otherwise not looked at.' }),
      ),
      HsmClusterId: hsmClusterId,
      Tags: tags,
    },
    strict,
  ),
  output: Type.Object({
    KeyId: Type.String(),
    Plaintext: Type.String(),
    CiphertextBlob: Type.String(),
    DataKeyId: Type.Optional(Type.String()),
    TagCode: Type.Optional(Type.Integer()),
    TagMsg: Type.Optional(Type.String()),
  }),
  errors: [
    'FailedOperation.EncryptionError',
    'FailedOperation.TaggingError',
    'InternalError',
    'InvalidParameter',
    'InvalidParameterValue.DataKeyNameAlreadyExists',
    'InvalidParameterValue.InvalidDataKeyName',
    'InvalidParameterValue.InvalidHsmClusterId',
    'InvalidParameterValue.InvalidKeyId',
    'InvalidParameterValue.InvalidKeyUsage',
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
    input: { KeyId: exampleKeyId, KeySpec: 'AES_256', IsHostedByKms: 1, DataKeyName: 'orders-2026' },
    output: {
      KeyId: exampleKeyId,
      Plaintext: 'q6urq6urq6urq6urq6urq6urq6urq6urq6urq6urq6s=',
      CiphertextBlob: exampleBlob,
      DataKeyId: exampleDataKeyId,
      TagCode: 0,
      TagMsg: 'ok',
    },
  },
  async handle(input, { kms, caller, settings }) {
    const length = dataKeyLength(input.KeySpec, input.NumberOfBytes, settings.edition)
    const context = parseEncryptionContext(input.EncryptionContext, 'EncryptionContext', contextLimit)
    const hosting = input.IsHostedByKms === 1 ? hostingOf(input) : undefined
    const clusterId = given(input.HsmClusterId)
    const made = await kms.generateDataKey(caller, {
      key: { keyId: input.KeyId },
      length,
      context,
      ...recipientOf(input),
      ...(clusterId === undefined ? {} : { clusterId }),
      ...(hosting === undefined ? {} : { hosting }),
    })
    return {
      KeyId: made.keyId,
      Plaintext: encodeAndWipe(made.plaintext),
      CiphertextBlob: encodeCiphertext(made.envelope, context),
      ...(made.dataKeyId === undefined ? {} : { DataKeyId: made.dataKeyId, TagCode: 0, TagMsg: 'ok' }),
    }
  },
})

/**
 * NumberOfBytes prevails. With neither, the China page defaults to AES_256 and the international page demands one
 * of them, without naming the error.
 */
function dataKeyLength(keySpec: string | undefined, bytes: number | undefined, edition: string): number {
  const spec = given(keySpec)
  const length = spec === undefined ? undefined : lengths[spec]
  if (spec !== undefined && (length === undefined || !Object.hasOwn(lengths, spec))) {
    throw new ParameterError('value', 'KeySpec')
  }
  if (bytes !== undefined) return bytes
  if (length !== undefined) return length
  if (edition === 'intl') throw refuse('InvalidParameter', 'lengthMissing')
  return 32
}
