// Decrypt: opens a blob of Encrypt, GenerateDataKey or ReEncrypt.
import { Type } from 'typebox'
import { encodeAndWipe } from '../../base64.ts'
import { defineAction } from '../../dialect.ts'
import { parseEncryptionContext } from '../../encryption-context.ts'
import { decodeCiphertext } from '../ciphertext.ts'
import { exampleBlob, exampleKeyId } from '../examples.ts'
import { contextLimit, encryptionContext, strict } from '../fields.ts'
import { recipientFields, recipientOf } from '../recipient.ts'

export const decrypt = defineAction({
  name: 'Decrypt',
  summary: 'Opens a blob of Encrypt, GenerateDataKey or ReEncrypt.',
  input: Type.Object(
    {
      CiphertextBlob: Type.String({ description: 'The blob as it was returned.' }),
      EncryptionContext: encryptionContext,
      ...recipientFields,
    },
    strict,
  ),
  output: Type.Object({ KeyId: Type.String(), Plaintext: Type.String() }),
  errors: [
    'FailedOperation.EncryptionError',
    'InvalidParameter',
    'InvalidParameterValue.InvalidCiphertext',
    'ResourceUnavailable.CmkDisabled',
    'ResourceUnavailable.CmkNotFound',
    'ResourceUnavailable.KeyPendingDelete',
    'UnauthorizedOperation',
  ],
  example: {
    input: { CiphertextBlob: exampleBlob },
    output: { KeyId: exampleKeyId, Plaintext: 'dGVzdA==' },
  },
  async handle(input, { kms, caller }) {
    const context = parseEncryptionContext(input.EncryptionContext, 'EncryptionContext', contextLimit)
    const envelope = decodeCiphertext(input.CiphertextBlob, context)
    const { keyId, plaintext } = await kms.decrypt(caller, { envelope, context, ...recipientOf(input) })
    return { KeyId: keyId, Plaintext: encodeAndWipe(plaintext) }
  },
})
