// ReEncrypt: moves a blob to another CMK, CMK version or context without showing its plaintext.
import { Type } from 'typebox'
import { defineAction } from '../../dialect.ts'
import { parseEncryptionContext } from '../../encryption-context.ts'
import { decodeCiphertext, encodeCiphertext } from '../ciphertext.ts'
import { exampleBlob, exampleKeyId } from '../examples.ts'
import { contextLimit, encryptionContext, strict } from '../fields.ts'

export const reEncrypt = defineAction({
  name: 'ReEncrypt',
  summary: 'Moves a blob to another CMK, CMK version or context without showing its plaintext.',
  input: Type.Object(
    {
      CiphertextBlob: Type.String({ description: 'The blob as it was returned.' }),
      DestinationKeyId: Type.Optional(
        Type.String({
          pattern: '^([0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})?$',
          description: "CMK to move to; the blob's own when absent or empty.",
          code: 'InvalidParameterValue.InvalidKeyId',
        }),
      ),
      SourceEncryptionContext: encryptionContext,
      DestinationEncryptionContext: encryptionContext,
    },
    strict,
  ),
  output: Type.Object({
    CiphertextBlob: Type.String(),
    KeyId: Type.String(),
    SourceKeyId: Type.String(),
    ReEncrypted: Type.Boolean(),
  }),
  errors: [
    'InvalidParameter',
    'InvalidParameterValue.InvalidCiphertext',
    'InvalidParameterValue.InvalidKeyId',
    'ResourceUnavailable.CmkArchived',
    'ResourceUnavailable.CmkDisabled',
    'ResourceUnavailable.CmkNotFound',
    'ResourceUnavailable.KeyPendingDelete',
    'UnauthorizedOperation',
  ],
  example: {
    input: { CiphertextBlob: exampleBlob, DestinationKeyId: exampleKeyId },
    output: {
      CiphertextBlob: exampleBlob,
      KeyId: exampleKeyId,
      SourceKeyId: exampleKeyId,
      ReEncrypted: false,
    },
  },
  async handle(input, { kms, caller }) {
    const { CiphertextBlob, DestinationKeyId = '' } = input
    const sourceContext = parseEncryptionContext(
      input.SourceEncryptionContext,
      'SourceEncryptionContext',
      contextLimit,
    )
    const destinationContext = parseEncryptionContext(
      input.DestinationEncryptionContext,
      'DestinationEncryptionContext',
      contextLimit,
    )
    const { envelope, keyId, sourceKeyId, changed } = await kms.reEncrypt(caller, {
      envelope: decodeCiphertext(CiphertextBlob, sourceContext),
      sourceContext,
      destinationContext,
      ...(DestinationKeyId === '' ? {} : { destination: { keyId: DestinationKeyId } }),
    })
    // Nothing to move: the very text comes back, as the vendor's does.
    const blob = changed ? encodeCiphertext(envelope, destinationContext) : CiphertextBlob
    return { CiphertextBlob: blob, KeyId: keyId, SourceKeyId: sourceKeyId, ReEncrypted: changed }
  },
})
