// Encryption under a caller's public key, in software: RSA by Node's OpenSSL, SM2 by sm-crypto-v2 (no token here
// and no OpenSSL that Node exposes does SM2 encryption).
import { constants, createPublicKey, type KeyObject, publicEncrypt } from 'node:crypto'
import { sm2 } from 'sm-crypto-v2'
import { kmsError } from '../core/errors.ts'
import type { PublicKeyAlgorithm, PublicKeyCipher } from '../core/ports.ts'

type Encrypt = (spki: Buffer, plaintext: Buffer) => Buffer

/** SubjectPublicKeyInfo of an SM2 key up to its uncompressed point (GM/T 0009): what follows is x ‖ y. */
const sm2Prefix = Buffer.from('3059301306072a8648ce3d020106082a811ccf5501822d03420004', 'hex')
const sm2Length = sm2Prefix.length + 64

const algorithms: Readonly<Record<PublicKeyAlgorithm, Encrypt>> = {
  SM2: (spki, plaintext) => encryptSm2(spki, plaintext, false),
  SM2_C1C3C2_ASN1: (spki, plaintext) => encryptSm2(spki, plaintext, true),
  RSAES_PKCS1_V1_5: (spki, plaintext) =>
    encryptRsa(spki, plaintext, { padding: constants.RSA_PKCS1_PADDING }),
  RSAES_OAEP_SHA_1: (spki, plaintext) => encryptRsa(spki, plaintext, oaep('sha1')),
  RSAES_OAEP_SHA_256: (spki, plaintext) => encryptRsa(spki, plaintext, oaep('sha256')),
}

/**
 * PEM (SPKI) as people paste it: CRLF, one line, `\n` written out, no final newline. Throws
 * `public-key-encryption-failed` when the key does not read, is not the algorithm's, or is too small for the data.
 */
export const publicKeyCipher: PublicKeyCipher = {
  encrypt(publicKey, algorithm, plaintext) {
    try {
      return algorithms[algorithm](readPem(publicKey), plaintext)
    } catch (cause) {
      throw kmsError('public-key-encryption-failed', {}, { cause })
    }
  },
}

function readPem(text: string): Buffer {
  const pem = text.replaceAll(/\\r|\\n/g, '\n')
  const [, body] = /-----BEGIN PUBLIC KEY-----([A-Za-z0-9+/=\s]+)-----END PUBLIC KEY-----/.exec(pem) ?? []
  if (body === undefined) throw new Error('not a PEM public key')
  return Buffer.from(body.replaceAll(/\s/g, ''), 'base64')
}

function oaep(oaepHash: 'sha1' | 'sha256') {
  return { padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash }
}

function encryptRsa(
  spki: Buffer,
  plaintext: Buffer,
  options: { padding: number; oaepHash?: string },
): Buffer {
  const key: KeyObject = createPublicKey({ key: spki, format: 'der', type: 'spki' })
  if (key.asymmetricKeyType !== 'rsa') throw new Error('not an RSA key')
  return publicEncrypt({ key, ...options }, plaintext)
}

// Raw form: C1 ‖ C3 ‖ C2 without the 0x04 of the point, as Tencent's examples are.
function encryptSm2(spki: Buffer, plaintext: Buffer, asn1: boolean): Buffer {
  if (spki.length !== sm2Length || !spki.subarray(0, sm2Prefix.length).equals(sm2Prefix)) {
    throw new Error('not an SM2 key')
  }
  const point = spki.subarray(sm2Prefix.length - 1).toString('hex')
  if (!sm2.verifyPublicKey(point)) throw new Error('not a point of the curve')
  for (;;) {
    const blob = Buffer.from(sm2.doEncrypt(plaintext, point, 1, { asn1 }), 'hex')
    // C2 ends either form. A key stream of zeros shows the plaintext; the standard has another try made
    // (GB/T 32918.4, 6.1 A5), the library does not, and for one byte it comes once in 256 times.
    if (!blob.subarray(-plaintext.length).equals(plaintext)) return blob
  }
}
