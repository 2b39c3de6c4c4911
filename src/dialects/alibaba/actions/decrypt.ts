// Decrypt: opens a blob of Encrypt, GenerateDataKey or ReEncrypt.
import { Type } from 'typebox'
import { encodeAndWipe } from '../../base64.ts'
import { defineAction } from '../../dialect.ts'
import { parseEncryptionContext } from '../../encryption-context.ts'
import { decodeCiphertext } from '../ciphertext.ts'
import { exampleBlob, exampleKeyId, exampleVersionId } from '../examples.ts'
import { contextLimit, dryRun, encryptionContext } from '../fields.ts'

/** A data key comes back as its base64, an encrypted text as the very text that was given. */
export const decrypt = defineAction({
  name: 'Decrypt',
  summary: 'Opens a blob of Encrypt, GenerateDataKey or ReEncrypt.',
  input: Type.Object({
    CiphertextBlob: Type.String({ minLength: 1, description: 'The blob as it was returned.' }),
    EncryptionContext: encryptionContext,
    DryRun: dryRun,
  }),
  output: Type.Object({ Plaintext: Type.String(), KeyId: Type.String(), KeyVersionId: Type.String() }),
  errors: [
    'InvalidParameter',
    'UnsupportedOperation',
    'Forbidden.KeyNotFound',
    'Rejected.Disabled',
    'Rejected.PendingDeletion',
  ],
  example: {
    input: { CiphertextBlob: exampleBlob },
    output: { Plaintext: 'dGVzdA==', KeyId: exampleKeyId, KeyVersionId: exampleVersionId },
  },
  async handle(input, { kms, caller }) {
    const context = parseEncryptionContext(input.EncryptionContext, 'EncryptionContext', contextLimit)
    const envelope = decodeCiphertext(input.CiphertextBlob)
    const { keyId, keyVersionId, purpose, plaintext } = await kms.decrypt(caller, { envelope, context })
    const text = purpose === 'data' ? textAndWipe(plaintext) : encodeAndWipe(plaintext)
    return { Plaintext: text, KeyId: keyId, KeyVersionId: keyVersionId }
  },
})

function textAndWipe(bytes: Buffer): string {
  const text = bytes.toString()
  bytes.fill(0)
  return text
}
