// Encrypt: seals up to 4 KB under a CMK.
import { Type } from 'typebox'
import { decodeBase64 } from '../../base64.ts'
import { defineAction } from '../../dialect.ts'
import { parseEncryptionContext } from '../../encryption-context.ts'
import { ParameterError } from '../../parameters.ts'
import { encodeCiphertext } from '../ciphertext.ts'
import { exampleBlob, exampleKeyId } from '../examples.ts'
import { contextLimit, encryptionContext, keyId, strict } from '../fields.ts'

/** Largest plaintext, in bytes. */
const plaintextLimit = 4096

export const encrypt = defineAction({
  name: 'Encrypt',
  summary: 'Seals up to 4 KB under a CMK.',
  input: Type.Object(
    {
      KeyId: keyId,
      Plaintext: Type.String({ description: 'Base64 of at most 4,096 bytes.' }),
      EncryptionContext: encryptionContext,
    },
    strict,
  ),
  output: Type.Object({ CiphertextBlob: Type.String(), KeyId: Type.String() }),
  errors: [
    'InvalidParameter',
    'InvalidParameterValue.InvalidKeyId',
    'InvalidParameterValue.InvalidPlaintext',
    'ResourceUnavailable.CmkArchived',
    'ResourceUnavailable.CmkDisabled',
    'ResourceUnavailable.CmkNotFound',
    'ResourceUnavailable.KeyPendingDelete',
    'UnauthorizedOperation',
  ],
  example: {
    input: { KeyId: exampleKeyId, Plaintext: 'dGVzdA==' },
    output: { CiphertextBlob: exampleBlob, KeyId: exampleKeyId },
  },
  async handle(input, { kms, caller }) {
    const plaintext = decodeBase64(input.Plaintext)
    if (plaintext === undefined || plaintext.length === 0 || plaintext.length > plaintextLimit) {
      throw new ParameterError('value', 'Plaintext', 'InvalidParameterValue.InvalidPlaintext')
    }
    const context = parseEncryptionContext(input.EncryptionContext, 'EncryptionContext', contextLimit)
    try {
      const { keyId, envelope } = await kms.encrypt(caller, {
        key: { keyId: input.KeyId },
        plaintext,
        context,
      })
      return { CiphertextBlob: encodeCiphertext(envelope, context), KeyId: keyId }
    } finally {
      plaintext.fill(0)
    }
  },
})
