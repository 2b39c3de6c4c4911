// AES-CBC with PKCS#7 padding (CKM_AES_CBC_PAD) under the CMK, then HMAC-SHA-256 under a second key of the token:
// encrypt-then-MAC, for tokens without RFC 3394. The MAC is checked before the token sees the bytes: its padding check
// is no protection, and a token may not make one at all.
import { timingSafeEqual } from 'node:crypto'
import type { Handle } from 'pkcs11js'
import { mechanisms } from '../mechanisms.ts'
import { payloadTemplate } from '../templates.ts'
import { readValue } from './read-value.ts'
import { BadBlob, type KeyHandles, type SessionHandle, type WrapStrategy } from './strategy.ts'

const ivLength = 16
const tagLength = 32
const label = Buffer.from('p11kms/1 cbc-pad-hmac')

/** `iv (16, from the token) ‖ ciphertext (payload and 1 to 16 bytes of padding) ‖ tag (32)`. */
export const cbcPadHmac: WrapStrategy = {
  name: 'cbc-pad-hmac',
  mechanisms: [mechanisms.CKM_AES_CBC_PAD, mechanisms.CKM_SHA256_HMAC],
  use: 'wrap',
  mac: true,

  wrap(at, keys, payload) {
    const iv = at.library.C_GenerateRandom(at.session, Buffer.alloc(ivLength))
    const sealed = Buffer.concat([iv, encrypt(at, keys.key, iv, payload)])
    return Buffer.concat([sealed, sign(at, macOf(keys), sealed)])
  },

  unwrap(at, keys, wrapped, template) {
    const end = wrapped.length - tagLength
    if (end < ivLength + 16) throw new BadBlob('too short')
    const sealed = wrapped.subarray(0, end)
    if (!timingSafeEqual(sign(at, macOf(keys), sealed), wrapped.subarray(end))) throw new BadBlob('MAC')
    const mechanism = cbc(sealed.subarray(0, ivLength))
    const { library, session } = at
    return readValue(
      at,
      library.C_UnwrapKey(session, mechanism, keys.key, sealed.subarray(ivLength), template),
    )
  },

  checkValue(at, keys) {
    // One block of zeros under each key, cut short, as key check values are.
    const block = encrypt(at, keys.key, Buffer.alloc(ivLength), Buffer.alloc(16)).subarray(0, 8)
    return Buffer.concat([block, sign(at, macOf(keys), Buffer.alloc(16)).subarray(0, 8)])
  },
}

function encrypt({ library, session }: SessionHandle, key: Handle, iv: Buffer, payload: Buffer): Buffer {
  const object = library.C_CreateObject(session, payloadTemplate(payload))
  try {
    return library.C_WrapKey(session, cbc(iv), key, object, Buffer.alloc(payload.length + 16))
  } finally {
    library.C_DestroyObject(session, object)
  }
}

function cbc(iv: Buffer) {
  return { mechanism: mechanisms.CKM_AES_CBC_PAD, parameter: Buffer.from(iv) }
}

function sign({ library, session }: SessionHandle, mac: Handle, sealed: Buffer): Buffer {
  library.C_SignInit(session, { mechanism: mechanisms.CKM_SHA256_HMAC }, mac)
  return library.C_Sign(session, Buffer.concat([label, sealed]), Buffer.alloc(tagLength))
}

function macOf({ mac }: KeyHandles): Handle {
  if (mac === undefined) throw new BadBlob('the key has no MAC key')
  return mac
}
