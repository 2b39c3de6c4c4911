// The ciphertext format, whole: payload, binding and envelope. Bytes in, bytes out; no token, no store.
import { createCipheriv, createDecipheriv, createHash, hash, timingSafeEqual } from 'node:crypto'
import { kmsError } from './errors.ts'

/** String-to-string facts a caller binds to a ciphertext. An empty one is the same as none. */
export type EncryptionContext = Readonly<Record<string, string>>

/** How a payload was wrapped. The envelope names the format, never a token's mechanism number. */
export type Strategy = 'rfc3394' | 'cbc-pad-hmac' | 'aes-gcm'

/**
 * What was sealed; part of the binding, so that no blob can pass for another kind. A long data key is one that its token
 * cannot take in one piece: it is sealed in two layers, as data are.
 */
export type Purpose = 'data-key' | 'long-data-key' | 'data' | 'secret' | 'canary'

/** A parsed ciphertext. `body` is empty unless the purpose seals in two layers. */
export interface Envelope {
  readonly keyVersionId: string
  readonly strategy: Strategy
  readonly purpose: Purpose
  readonly wrapped: Buffer
  readonly body: Buffer
}

const envelopeVersion = 1
const strategies: Readonly<Record<Strategy, number>> = { rfc3394: 1, 'cbc-pad-hmac': 2, 'aes-gcm': 3 }
const purposes: Readonly<Record<Purpose, number>> = {
  'data-key': 1,
  data: 2,
  secret: 3,
  canary: 4,
  'long-data-key': 5,
}

const digestLength = 32
const tagLength = 16
// A layered body's key is used for one message only, so a constant nonce can never repeat under it.
const nonce = Buffer.alloc(12)

/** The 16 bytes of a UUID in text form. */
export function uuidBytes(uuid: string): Buffer {
  return Buffer.from(uuid.replaceAll('-', ''), 'hex')
}

/** The lower-case text of 16 UUID bytes. */
export function uuidText(bytes: Buffer): string {
  const hex = bytes.toString('hex')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
}

/** One text for every equal context: members sorted by UTF-16 code units, JSON strings, no blanks. */
export function canonicalContext(context: EncryptionContext): string {
  const members = Object.entries(context).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
  return `{${members.map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`).join(',')}}`
}

/** SHA-256 (32 bytes) of `"p11kms/1" ‖ purpose (1) ‖ key version UUID (16) ‖ canonical context (UTF-8)`. */
export function bindingDigest(purpose: Purpose, keyVersionId: string, context: EncryptionContext): Buffer {
  return createHash('sha256')
    .update('p11kms/1')
    .update(Buffer.of(purposes[purpose]))
    .update(uuidBytes(keyVersionId))
    .update(canonicalContext(context))
    .digest()
}

/**
 * What a token wraps: `length (2, big endian) ‖ secret ‖ zeros to a multiple of 8 ‖ binding digest (32)`.
 * Carries its own length because tokens disagree about padding; always aligned, always 16 bytes or more.
 */
export function encodePayload(secret: Buffer, binding: Buffer): Buffer {
  const aligned = Math.ceil((2 + secret.length) / 8) * 8
  const payload = Buffer.alloc(aligned + digestLength)
  payload.writeUInt16BE(secret.length, 0)
  secret.copy(payload, 2)
  binding.copy(payload, aligned)
  return payload
}

/**
 * The secret in an unwrapped payload, as a copy; undefined when shape, padding or binding are not right.
 * The binding is compared in constant time and nothing is told about what differed.
 */
export function decodePayload(payload: Buffer, binding: Buffer): Buffer | undefined {
  if (payload.length < 8 + digestLength || payload.length % 8 !== 0) return undefined
  const aligned = payload.length - digestLength
  const length = payload.readUInt16BE(0)
  const bound = timingSafeEqual(payload.subarray(aligned), binding)
  const fits = Math.ceil((2 + length) / 8) * 8 === aligned
  if (!bound || !fits || payload.subarray(2 + length, aligned).some((byte) => byte !== 0)) return undefined
  return Buffer.from(payload.subarray(2, 2 + length))
}

/** AES-256-GCM under a fresh key, the binding as AAD: `ciphertext ‖ tag (16)`. */
export function sealBody(key: Buffer, plaintext: Buffer, binding: Buffer): Buffer {
  const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(binding)
  return Buffer.concat([cipher.update(plaintext), cipher.final(), cipher.getAuthTag()])
}

/** Opens what `sealBody` made; throws `ciphertext-invalid`. */
export function openBody(key: Buffer, body: Buffer, binding: Buffer): Buffer {
  if (body.length < tagLength || key.length !== 32) throw kmsError('ciphertext-invalid', {})
  const split = body.length - tagLength
  const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: tagLength })
  decipher.setAAD(binding).setAuthTag(body.subarray(split))
  try {
    return Buffer.concat([decipher.update(body.subarray(0, split)), decipher.final()])
  } catch (cause) {
    throw kmsError('ciphertext-invalid', {}, { cause })
  }
}

/** True for what is sealed in two layers: a key under the CMK, the bytes under that key. */
export function isLayered(purpose: Purpose): boolean {
  return purpose === 'data' || purpose === 'long-data-key'
}

/** Bytes of an envelope but for its key version, which each dialect dresses in its own way. */
export function encodeEnvelope(envelope: Envelope): Buffer {
  const head = Buffer.alloc(5)
  head[0] = envelopeVersion
  head[1] = strategies[envelope.strategy]
  head[2] = purposes[envelope.purpose]
  head.writeUInt16BE(envelope.wrapped.length, 3)
  return Buffer.concat([head, envelope.wrapped, envelope.body])
}

/** Reads what `encodeEnvelope` wrote; throws `ciphertext-invalid` for anything else. */
export function decodeEnvelope(keyVersionId: string, bytes: Buffer): Envelope {
  const strategy = nameOf(strategies, bytes[1])
  const purpose = nameOf(purposes, bytes[2])
  if (bytes.length < 5 || bytes[0] !== envelopeVersion || strategy === undefined || purpose === undefined) {
    throw kmsError('ciphertext-invalid', {})
  }
  const end = 5 + bytes.readUInt16BE(3)
  const layered = isLayered(purpose)
  if (end > bytes.length || (!layered && end !== bytes.length)) throw kmsError('ciphertext-invalid', {})
  return { keyVersionId, strategy, purpose, wrapped: bytes.subarray(5, end), body: bytes.subarray(end) }
}

/** An envelope with its key version, as the store keeps it: `UUID (16) ‖ envelope`. */
export function encodeSealed(envelope: Envelope): Buffer {
  return Buffer.concat([uuidBytes(envelope.keyVersionId), encodeEnvelope(envelope)])
}

/** Reads what `encodeSealed` wrote; throws `ciphertext-invalid` for anything else. */
export function decodeSealed(bytes: Buffer): Envelope {
  return decodeEnvelope(uuidText(bytes.subarray(0, 16)), bytes.subarray(16))
}

function nameOf<Name extends string>(
  codes: Readonly<Record<Name, number>>,
  code: number | undefined,
): Name | undefined {
  return (Object.keys(codes) as Name[]).find((name) => codes[name] === code)
}

/** 64 bytes that name a key version and carry their own check: UUID (16) ‖ SHA-384 over it (48). */
export function keyReference(keyVersionId: string): Buffer {
  const id = uuidBytes(keyVersionId)
  return Buffer.concat([id, createHash('sha384').update('p11kms/1 key reference').update(id).digest()])
}

/** The key version of a reference; undefined unless every byte is as `keyReference` makes it. */
export function parseKeyReference(bytes: Buffer): string | undefined {
  if (bytes.length !== 64) return undefined
  const keyVersionId = uuidText(bytes.subarray(0, 16))
  return keyReference(keyVersionId).equals(bytes) ? keyVersionId : undefined
}

/** 16 bytes that depend on the context alone. They hide nothing from who can guess the context. */
export function contextTag(context: EncryptionContext): Buffer {
  return hash('sha256', `p11kms/1 context${canonicalContext(context)}`, 'buffer').subarray(0, 16)
}
