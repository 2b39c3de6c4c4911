// GenerateDataKey: a data key from the token, in clear and wrapped under the CMK's primary version.
import { Type } from 'typebox'
import { encodeAndWipe } from '../../base64.ts'
import { defineAction } from '../../dialect.ts'
import { encodeCiphertext } from '../ciphertext.ts'
import { dataKeyErrors, dataKeyInput, makeDataKey } from '../data-key.ts'
import { exampleBlob, exampleKeyId, exampleVersionId } from '../examples.ts'

export const generateDataKey = defineAction({
  name: 'GenerateDataKey',
  summary: 'A data key from the token, in clear and wrapped under the primary version of the CMK.',
  input: dataKeyInput,
  output: Type.Object({
    CiphertextBlob: Type.String(),
    KeyId: Type.String(),
    KeyVersionId: Type.String(),
    Plaintext: Type.String(),
  }),
  errors: dataKeyErrors,
  example: {
    input: { KeyId: exampleKeyId, KeySpec: 'AES_256' },
    output: {
      CiphertextBlob: exampleBlob,
      KeyId: exampleKeyId,
      KeyVersionId: exampleVersionId,
      Plaintext: 'q6urq6urq6urq6urq6urq6urq6urq6urq6urq6urq6s=',
    },
  },
  async handle(input, context) {
    const { keyId, plaintext, envelope } = await makeDataKey(input, context)
    return {
      CiphertextBlob: encodeCiphertext(envelope),
      KeyId: keyId,
      KeyVersionId: envelope.keyVersionId,
      Plaintext: encodeAndWipe(plaintext),
    }
  },
})
