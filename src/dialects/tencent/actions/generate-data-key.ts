// GenerateDataKey: a data key from the token, in clear and wrapped under the CMK.
import { Type } from 'typebox'
import { encodeAndWipe } from '../../base64.ts'
import { defineAction, WireError } from '../../dialect.ts'
import { parseEncryptionContext } from '../../encryption-context.ts'
import { ParameterError } from '../../parameters.ts'
import { encodeCiphertext } from '../ciphertext.ts'
import { exampleBlob, exampleKeyId } from '../examples.ts'
import {
  contextLimit,
  encryptionContext,
  given,
  hsmClusterId,
  keyId,
  numberOfBytes,
  strict,
  tags,
} from '../fields.ts'
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
          description: '0: the caller keeps the blob. 1: not offered.',
          code: 'InvalidParameterValue.InvalidType',
        }),
      ),
      DataKeyName: Type.Optional(Type.String({ description: 'Ignored unless hosted.' })),
      Description: Type.Optional(Type.String({ description: 'Ignored unless hosted.' })),
      HsmClusterId: hsmClusterId,
      Tags: tags,
    },
    strict,
  ),
  output: Type.Object({ KeyId: Type.String(), Plaintext: Type.String(), CiphertextBlob: Type.String() }),
  errors: [
    'FailedOperation.EncryptionError',
    'InvalidParameter',
    'InvalidParameterValue.InvalidHsmClusterId',
    'InvalidParameterValue.InvalidKeyId',
    'InvalidParameterValue.InvalidType',
    'ResourceUnavailable.CmkArchived',
    'ResourceUnavailable.CmkDisabled',
    'ResourceUnavailable.CmkNotFound',
    'ResourceUnavailable.KeyPendingDelete',
    'UnauthorizedOperation',
    'UnsupportedOperation',
  ],
  example: {
    input: { KeyId: exampleKeyId, KeySpec: 'AES_256' },
    output: {
      KeyId: exampleKeyId,
      Plaintext: 'q6urq6urq6urq6urq6urq6urq6urq6urq6urq6urq6s=',
      CiphertextBlob: exampleBlob,
    },
  },
  async handle(input, { kms, caller, settings }) {
    const length = dataKeyLength(input.KeySpec, input.NumberOfBytes, settings.edition)
    const context = parseEncryptionContext(input.EncryptionContext, 'EncryptionContext', contextLimit)
    refuseUnoffered(input)
    const clusterId = given(input.HsmClusterId)
    const made = await kms.generateDataKey(caller, {
      key: { keyId: input.KeyId },
      length,
      context,
      ...recipientOf(input),
      ...(clusterId === undefined ? {} : { clusterId }),
    })
    return {
      KeyId: made.keyId,
      Plaintext: encodeAndWipe(made.plaintext),
      CiphertextBlob: encodeCiphertext(made.envelope, context),
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
  if (edition === 'intl')
    throw new WireError('InvalidParameter', 'Either `KeySpec` or `NumberOfBytes` must be specified.')
  return 32
}

function refuseUnoffered(input: { IsHostedByKms?: number }): void {
  if (input.IsHostedByKms === 1) {
    throw new WireError(
      'UnsupportedOperation',
      'Data keys hosted by KMS (`IsHostedByKms`) are not supported.',
    )
  }
}
