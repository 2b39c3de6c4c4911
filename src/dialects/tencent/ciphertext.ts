// CiphertextBlob: three base64 parts joined by `-k-` (key reference, context tag, envelope).
import { kmsError } from '../../core/errors.ts'
import {
  contextTag,
  decodeEnvelope,
  type EncryptionContext,
  type Envelope,
  encodeEnvelope,
  keyReference,
  parseKeyReference,
} from '../../core/sealed.ts'
import { decodeBase64 } from '../base64.ts'

const separator = '-k-'

/** Parts of 88, 24 and as many characters as the envelope takes, as in the vendor's examples. */
export function encodeCiphertext(envelope: Envelope, context: EncryptionContext): string {
  const parts = [keyReference(envelope.keyVersionId), contextTag(context), encodeEnvelope(envelope)]
  return parts.map((part) => part.toString('base64')).join(separator)
}

/** Throws `ciphertext-invalid` for any other text, and for a context that is not the one it was sealed with. */
export function decodeCiphertext(text: string, context: EncryptionContext): Envelope {
  const [reference, tag, envelope, ...more] = text.split(separator).map(decodeBase64)
  const keyVersionId = reference === undefined ? undefined : parseKeyReference(reference)
  const rightContext = tag?.equals(contextTag(context)) === true
  if (keyVersionId === undefined || !rightContext || envelope === undefined || more.length > 0) {
    throw kmsError('ciphertext-invalid', {})
  }
  return decodeEnvelope(keyVersionId, envelope)
}
