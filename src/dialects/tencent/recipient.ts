// EncryptionPublicKey and EncryptionAlgorithm: whom the plaintext of a reply is encrypted for.
import { Type } from 'typebox'
import type { PublicKeyAlgorithm } from '../../core/ports.ts'
import type { Recipient } from '../../core/recipient.ts'
import { ParameterError } from '../parameters.ts'
import { given } from './fields.ts'

const algorithms: readonly PublicKeyAlgorithm[] = [
  'SM2',
  'SM2_C1C3C2_ASN1',
  'RSAES_PKCS1_V1_5',
  'RSAES_OAEP_SHA_1',
  'RSAES_OAEP_SHA_256',
]

export const recipientFields = {
  EncryptionPublicKey: Type.Optional(
    Type.String({
      description: 'PEM of an RSA or SM2 public key; the Plaintext returned is encrypted under it.',
    }),
  ),
  EncryptionAlgorithm: Type.Optional(
    Type.String({
      description: `${algorithms.join(', ')}; SM2 when empty. Ignored without EncryptionPublicKey.`,
    }),
  ),
}

/** Undefined without a public key. Throws ParameterError for an algorithm that is not the vendor's. */
export function recipientOf(input: { EncryptionPublicKey?: string; EncryptionAlgorithm?: string }): {
  recipient?: Recipient
} {
  const publicKey = given(input.EncryptionPublicKey)
  if (publicKey === undefined) return {}
  const name = given(input.EncryptionAlgorithm) ?? 'SM2'
  const algorithm = algorithms.find((candidate) => candidate === name)
  if (algorithm === undefined) throw new ParameterError('value', 'EncryptionAlgorithm')
  return { recipient: { publicKey, algorithm } }
}
