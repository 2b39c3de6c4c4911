// CiphertextBlob: base64 that begins with the 36 characters of the key version's UUID.
import { kmsError } from '../../core/errors.ts'
import { decodeEnvelope, type Envelope, encodeEnvelope } from '../../core/sealed.ts'
import { decodeBase64 } from '../base64.ts'

// Lower case only: an altered letter case must not name the same version.
const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/
const uuidLength = 36

/** `UUID as text (36) ‖ envelope`, in base64. */
export function encodeCiphertext(envelope: Envelope): string {
  return Buffer.concat([Buffer.from(envelope.keyVersionId), encodeEnvelope(envelope)]).toString('base64')
}

/** Throws `ciphertext-invalid` for any text that `encodeCiphertext` cannot have made. */
export function decodeCiphertext(text: string): Envelope {
  const bytes = decodeBase64(text)
  const keyVersionId = bytes?.subarray(0, uuidLength).toString('latin1') ?? ''
  if (bytes === undefined || !uuid.test(keyVersionId)) throw kmsError('ciphertext-invalid', {})
  return decodeEnvelope(keyVersionId, bytes.subarray(uuidLength))
}
