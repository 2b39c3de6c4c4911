// ReEncrypt: moves a blob to another CMK, CMK version or context without showing its plaintext.
import { Type } from 'typebox'
import { defineAction } from '../../dialect.ts'
import { parseEncryptionContext } from '../../encryption-context.ts'
import { decodeCiphertext, encodeCiphertext } from '../ciphertext.ts'
import { exampleBlob, exampleKeyId, exampleVersionId } from '../examples.ts'
import { contextLimit, dryRun, encryptionContext, keyId } from '../fields.ts'
import { keyReference } from '../key-reference.ts'

export const reEncrypt = defineAction({
  name: 'ReEncrypt',
  summary: 'Moves a blob to another CMK, CMK version or context without showing its plaintext.',
  input: Type.Object({
    CiphertextBlob: Type.String({ minLength: 1, description: 'The blob as it was returned.' }),
    DestinationKeyId: keyId,
    SourceEncryptionContext: encryptionContext,
    DestinationEncryptionContext: encryptionContext,
    DryRun: dryRun,
  }),
  output: Type.Object({ CiphertextBlob: Type.String(), KeyId: Type.String(), KeyVersionId: Type.String() }),
  errors: [
    'InvalidParameter',
    'UnsupportedOperation',
    'Forbidden.KeyNotFound',
    'Forbidden.AliasNotFound',
    'Rejected.Disabled',
    'Rejected.PendingDeletion',
    'Rejected.Unavailable',
  ],
  example: {
    input: { CiphertextBlob: exampleBlob, DestinationKeyId: exampleKeyId },
    output: { CiphertextBlob: exampleBlob, KeyId: exampleKeyId, KeyVersionId: exampleVersionId },
  },
  async handle(input, context) {
    const parse = (name: 'SourceEncryptionContext' | 'DestinationEncryptionContext') =>
      parseEncryptionContext(input[name], name, contextLimit)
    const { envelope, keyId } = await context.kms.reEncrypt(context.caller, {
      envelope: decodeCiphertext(input.CiphertextBlob),
      sourceContext: parse('SourceEncryptionContext'),
      destination: keyReference(input.DestinationKeyId, context),
      destinationContext: parse('DestinationEncryptionContext'),
      actions: { source: 'kms:ReEncryptFrom', destination: 'kms:ReEncryptTo' },
    })
    return { CiphertextBlob: encodeCiphertext(envelope), KeyId: keyId, KeyVersionId: envelope.keyVersionId }
  },
})
