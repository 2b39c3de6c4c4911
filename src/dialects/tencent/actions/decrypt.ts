// Decrypt: opens a blob of Encrypt, GenerateDataKey or ReEncrypt.
import { Type } from 'typebox'
import { encodeAndWipe } from '../../base64.ts'
import { defineAction, WireError } from '../../dialect.ts'
import { parseEncryptionContext } from '../../encryption-context.ts'
import { decodeCiphertext } from '../ciphertext.ts'
import { exampleBlob, exampleKeyId } from '../examples.ts'
import { contextLimit, encryptionContext, given, strict } from '../fields.ts'

export const decrypt = defineAction({
  name: 'Decrypt',
  summary: 'Opens a blob of Encrypt, GenerateDataKey or ReEncrypt.',
  input: Type.Object(
    {
      CiphertextBlob: Type.String({ description: 'The blob as it was returned.' }),
      EncryptionContext: encryptionContext,
      EncryptionPublicKey: Type.Optional(Type.String({ description: 'Not offered; must be empty.' })),
      EncryptionAlgorithm: Type.Optional(
        Type.String({ description: 'Ignored without EncryptionPublicKey.' }),
      ),
    },
    strict,
  ),
  output: Type.Object({ KeyId: Type.String(), Plaintext: Type.String() }),
  errors: [
    'InvalidParameter',
    'InvalidParameterValue.InvalidCiphertext',
    'ResourceUnavailable.CmkDisabled',
    'ResourceUnavailable.CmkNotFound',
    'ResourceUnavailable.KeyPendingDelete',
    'UnauthorizedOperation',
    'UnsupportedOperation',
  ],
  example: {
    input: { CiphertextBlob: exampleBlob },
    output: { KeyId: exampleKeyId, Plaintext: 'dGVzdA==' },
  },
  async handle(input, { kms, caller }) {
    if (given(input.EncryptionPublicKey) !== undefined) {
      throw new WireError('UnsupportedOperation', 'The parameter `EncryptionPublicKey` is not supported.')
    }
    const context = parseEncryptionContext(input.EncryptionContext, 'EncryptionContext', contextLimit)
    const envelope = decodeCiphertext(input.CiphertextBlob, context)
    const { keyId, plaintext } = await kms.decrypt(caller, { envelope, context })
    return { KeyId: keyId, Plaintext: encodeAndWipe(plaintext) }
  },
})
