// The token's part in the audit log: an EC P-256 pair that signs heads, and a data object per chain that remembers its newest line.
import { createHash, randomBytes } from 'node:crypto'
import type { Handle } from 'pkcs11js'
import { attributes as a, mechanisms as m, values as v } from './mechanisms.ts'
import { TokenError } from './token-error.ts'
import type { LiveSession } from './token-keys.ts'

const label = 'service/audit'
/** What the label of a chain's data object begins with; its name follows. */
const anchorLabel = 'service/audit-anchor/'
/** OID of P-256 (prime256v1), DER. */
const p256 = Buffer.from('06082a8648ce3d030107', 'hex')
/** SubjectPublicKeyInfo of a P-256 key up to its uncompressed point. */
const spkiPrefix = Buffer.from('3059301306072a8648ce3d020106082a8648ce3d030107034200', 'hex')
const pointLength = 65
const foundPerCall = 64

/**
 * The public key (SPKI, DER) of a pair, which is made when there is none. Two processes that ask at one time may make two:
 * callers agree on one of them.
 */
export function auditKey(at: LiveSession): Buffer {
  const [handle = makePair(at)] = findPublic(at)
  return readPublic(at, handle).spki
}

/** ECDSA over SHA-256 of the bytes by the pair of a public key: r ‖ s. Throws TokenError key-absent. */
export function signAudit(at: LiveSession, publicKey: Buffer, bytes: Buffer): Buffer {
  const pair = findPublic(at)
    .map((handle) => readPublic(at, handle))
    .find(({ spki }) => spki.equals(publicKey))
  const [key] =
    pair === undefined
      ? []
      : find(at, [
          { type: a.CKA_CLASS, value: v.CKO_PRIVATE_KEY },
          { type: a.CKA_ID, value: pair.id },
        ])
  if (key === undefined) throw new TokenError('key-absent', 'the token has no audit key')
  at.library.C_SignInit(at.session, { mechanism: m.CKM_ECDSA }, key)
  return at.library.C_Sign(at.session, createHash('sha256').update(bytes).digest(), Buffer.alloc(64))
}

/** What the token remembers of every chain, whichever node it is of. */
export function readAnchors(at: LiveSession): Buffer[] {
  return find(at, [{ type: a.CKA_CLASS, value: v.CKO_DATA }]).flatMap((handle) => {
    const [label, value] = at.library.C_GetAttributeValue(at.session, handle, [
      { type: a.CKA_LABEL },
      { type: a.CKA_VALUE },
    ])
    return String(label?.value ?? '').startsWith(anchorLabel) ? [Buffer.from(value?.value as Buffer)] : []
  })
}

/** Remembers bytes of a chain in place of those before; the old ones go only when the new ones are there. */
export function writeAnchor(at: LiveSession, chain: string, bytes: Buffer): void {
  const label = anchorLabel + chain
  const old = find(at, [
    { type: a.CKA_CLASS, value: v.CKO_DATA },
    { type: a.CKA_LABEL, value: label },
  ])
  at.library.C_CreateObject(at.session, [
    { type: a.CKA_CLASS, value: v.CKO_DATA },
    { type: a.CKA_TOKEN, value: true },
    { type: a.CKA_PRIVATE, value: true },
    { type: a.CKA_LABEL, value: label },
    { type: a.CKA_VALUE, value: bytes },
  ])
  for (const handle of old) at.library.C_DestroyObject(at.session, handle)
}

function makePair(at: LiveSession): Handle {
  const common = [
    { type: a.CKA_TOKEN, value: true },
    // Of this pair alone: it is how its private key is found.
    { type: a.CKA_ID, value: randomBytes(16) },
    { type: a.CKA_LABEL, value: label },
  ]
  const { publicKey } = at.library.C_GenerateKeyPair(
    at.session,
    { mechanism: m.CKM_EC_KEY_PAIR_GEN },
    [...common, { type: a.CKA_EC_PARAMS, value: p256 }, { type: a.CKA_VERIFY, value: true }],
    [
      ...common,
      { type: a.CKA_PRIVATE, value: true },
      { type: a.CKA_SENSITIVE, value: true },
      { type: a.CKA_EXTRACTABLE, value: false },
      { type: a.CKA_SIGN, value: true },
    ],
  )
  return publicKey
}

function findPublic(at: LiveSession): Handle[] {
  return find(at, [
    { type: a.CKA_CLASS, value: v.CKO_PUBLIC_KEY },
    { type: a.CKA_LABEL, value: label },
  ])
}

function readPublic(at: LiveSession, handle: Handle): { id: Buffer; spki: Buffer } {
  const [id, point] = at.library
    .C_GetAttributeValue(at.session, handle, [{ type: a.CKA_ID }, { type: a.CKA_EC_POINT }])
    .map(({ value }) => Buffer.from(value as Buffer)) as [Buffer, Buffer]
  // An OCTET STRING around the point by the standard; some tokens leave it away.
  return { id, spki: Buffer.concat([spkiPrefix, point.subarray(-pointLength)]) }
}

function find(
  at: LiveSession,
  template: Parameters<LiveSession['library']['C_FindObjectsInit']>[1],
): Handle[] {
  at.library.C_FindObjectsInit(at.session, template)
  try {
    const found: Handle[] = []
    for (;;) {
      const some = at.library.C_FindObjects(at.session, foundPerCall)
      found.push(...some)
      if (some.length < foundPerCall) return found
    }
  } finally {
    at.library.C_FindObjectsFinal(at.session)
  }
}
