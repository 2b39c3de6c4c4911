// GenerateRandom: random bytes from the token of the default cluster.
import { Type } from 'typebox'
import { encodeAndWipe } from '../../base64.ts'
import { defineAction } from '../../dialect.ts'
import { numberOfBytes, strict } from '../fields.ts'

export const generateRandom = defineAction({
  name: 'GenerateRandom',
  summary: 'Random bytes from the token of the default cluster.',
  input: Type.Object({ NumberOfBytes: numberOfBytes }, strict),
  output: Type.Object({ Plaintext: Type.String() }),
  errors: ['InvalidParameter', 'UnauthorizedOperation'],
  example: { input: { NumberOfBytes: 8 }, output: { Plaintext: 'q6urq6urq6s=' } },
  async handle({ NumberOfBytes }, { kms, caller }) {
    const { bytes } = await kms.generateRandom(caller, { length: NumberOfBytes })
    return { Plaintext: encodeAndWipe(bytes) }
  },
})
