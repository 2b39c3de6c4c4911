// GenerateDataKeyWithoutPlaintext: a data key that only its wrapped form leaves.
import { Type } from 'typebox'
import { defineAction } from '../../dialect.ts'
import { encodeCiphertext } from '../ciphertext.ts'
import { dataKeyErrors, dataKeyInput, makeDataKey } from '../data-key.ts'
import { exampleBlob, exampleKeyId, exampleVersionId } from '../examples.ts'

export const generateDataKeyWithoutPlaintext = defineAction({
  name: 'GenerateDataKeyWithoutPlaintext',
  summary: 'A data key of which only the wrapped form is returned.',
  input: dataKeyInput,
  output: Type.Object({ CiphertextBlob: Type.String(), KeyId: Type.String(), KeyVersionId: Type.String() }),
  errors: dataKeyErrors,
  example: {
    input: { KeyId: exampleKeyId, KeySpec: 'AES_256' },
    output: { CiphertextBlob: exampleBlob, KeyId: exampleKeyId, KeyVersionId: exampleVersionId },
  },
  async handle(input, context) {
    const { keyId, plaintext, envelope } = await makeDataKey(input, context)
    plaintext.fill(0)
    return { CiphertextBlob: encodeCiphertext(envelope), KeyId: keyId, KeyVersionId: envelope.keyVersionId }
  },
})
