// GetDataKeyPlaintext: the bytes of a hosted data key, in clear or under a public key.
import { Type } from 'typebox'
import { encodeAndWipe } from '../../base64.ts'
import { defineAction } from '../../dialect.ts'
import { exampleDataKeyId } from '../examples.ts'
import { dataKeyId, strict } from '../fields.ts'
import { recipientFields, recipientOf } from '../recipient.ts'

export const getDataKeyPlaintext = defineAction({
  name: 'GetDataKeyPlaintext',
  summary: 'The bytes of a hosted data key, in clear or under a public key.',
  input: Type.Object({ DataKeyId: dataKeyId, ...recipientFields }, strict),
  output: Type.Object({ Plaintext: Type.String() }),
  errors: [
    'FailedOperation.EncryptionError',
    'InvalidParameterValue',
    'InvalidParameterValue.InvalidDataKeyId',
    'ResourceUnavailable.CmkDisabled',
    'ResourceUnavailable.CmkNotFound',
    'ResourceUnavailable.CmkStateNotSupport',
    'ResourceUnavailable.DataKeyDisabled',
    'ResourceUnavailable.DataKeyNotFound',
    'ResourceUnavailable.DataKeyPendingDelete',
    'UnauthorizedOperation',
  ],
  example: {
    input: { DataKeyId: exampleDataKeyId },
    output: { Plaintext: 'q6urq6urq6urq6urq6urq6urq6urq6urq6urq6urq6s=' },
  },
  async handle(input, { kms, caller }) {
    const plaintext = await kms.openDataKey(caller, { dataKeyId: input.DataKeyId, ...recipientOf(input) })
    return { Plaintext: encodeAndWipe(plaintext) }
  },
})
