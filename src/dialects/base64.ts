// Strict base64: one text for one value, so that no altered blob decodes to the same bytes.

/** The bytes of padded standard base64; undefined for anything that is not exactly its own re-encoding. */
export function decodeBase64(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, 'base64')
  return bytes.toString('base64') === text ? bytes : undefined
}

/** Base64 text of bytes, which are wiped. */
export function encodeAndWipe(bytes: Buffer): string {
  const text = bytes.toString('base64')
  bytes.fill(0)
  return text
}
