// Encrypt: seals a text of up to 6 KB under a CMK's primary version.
import { Type } from 'typebox'
import { defineAction } from '../../dialect.ts'
import { parseEncryptionContext } from '../../encryption-context.ts'
import { ParameterError } from '../../parameters.ts'
import { encodeCiphertext } from '../ciphertext.ts'
import { exampleBlob, exampleKeyId, exampleVersionId } from '../examples.ts'
import { contextLimit, dryRun, encryptionContext, keyId, plaintextLimit } from '../fields.ts'
import { keyReference } from '../key-reference.ts'

/** The text itself is sealed, not what it might decode to: clients pass texts that are not base64. */
export const encrypt = defineAction({
  name: 'Encrypt',
  summary: 'Seals a text of up to 6 KB under the primary version of a CMK.',
  input: Type.Object({
    KeyId: keyId,
    Plaintext: Type.String({ minLength: 1, description: 'Base64 as a rule; sealed as the text it is.' }),
    EncryptionContext: encryptionContext,
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
    input: { KeyId: exampleKeyId, Plaintext: 'dGVzdA==' },
    output: { CiphertextBlob: exampleBlob, KeyId: exampleKeyId, KeyVersionId: exampleVersionId },
  },
  async handle(input, context) {
    if (Buffer.byteLength(input.Plaintext) > plaintextLimit) throw new ParameterError('value', 'Plaintext')
    const bound = parseEncryptionContext(input.EncryptionContext, 'EncryptionContext', contextLimit)
    const key = keyReference(input.KeyId, context)
    const plaintext = Buffer.from(input.Plaintext)
    try {
      const { keyId, envelope } = await context.kms.encrypt(context.caller, {
        key,
        plaintext,
        context: bound,
      })
      return { CiphertextBlob: encodeCiphertext(envelope), KeyId: keyId, KeyVersionId: envelope.keyVersionId }
    } finally {
      plaintext.fill(0)
    }
  },
})
