// ListAlgorithms: which usages and algorithms can be created here.
import { Type } from 'typebox'
import { defineAction } from '../../dialect.ts'
import { strict } from '../fields.ts'

const algorithms = Type.Array(Type.Object({ KeyUsage: Type.String(), Algorithm: Type.String() }))

export const listAlgorithms = defineAction({
  name: 'ListAlgorithms',
  summary: 'Which usages and algorithms can be created here.',
  input: Type.Object({}, strict),
  output: Type.Object({
    SymmetricAlgorithms: algorithms,
    AsymmetricAlgorithms: algorithms,
    AsymmetricSignVerifyAlgorithms: algorithms,
  }),
  errors: ['UnauthorizedOperation'],
  example: {
    input: {},
    output: {
      SymmetricAlgorithms: [{ KeyUsage: 'ENCRYPT_DECRYPT', Algorithm: 'AES_256' }],
      AsymmetricAlgorithms: [],
      AsymmetricSignVerifyAlgorithms: [],
    },
  },
  async handle(_input, { kms, caller }) {
    const symmetric = (await kms.listKeySpecs(caller)).filter(({ usage }) => usage === 'ENCRYPT_DECRYPT')
    return {
      SymmetricAlgorithms: symmetric.map(({ name, usage }) => ({ KeyUsage: usage, Algorithm: name })),
      AsymmetricAlgorithms: [],
      AsymmetricSignVerifyAlgorithms: [],
    }
  },
})
