// Whoever a plaintext is for: the caller in clear, or the holder of a private key.
import type { PublicKeyAlgorithm } from './ports.ts'
import type { Services } from './services.ts'

/** A public key (PEM) and how to encrypt under it. */
export interface Recipient {
  readonly publicKey: string
  readonly algorithm: PublicKeyAlgorithm
}

/**
 * The plaintext itself without a recipient; otherwise its encryption, the plaintext wiped.
 * Throws `public-key-encryption-failed`.
 */
export function forRecipient(
  services: Services,
  plaintext: Buffer,
  recipient: Recipient | undefined,
): Buffer {
  if (recipient === undefined) return plaintext
  try {
    return services.publicKeys.encrypt(recipient.publicKey, recipient.algorithm, plaintext)
  } finally {
    plaintext.fill(0)
  }
}
