// AES-256-GCM under the CMK (CKM_AES_GCM): for tokens that can neither wrap nor import a payload.
import pkcs11js from 'pkcs11js'
import { mechanisms } from '../mechanisms.ts'
import { BadBlob, type WrapStrategy } from './strategy.ts'

const ivLength = 12
const tagLength = 16
/** No random IV can be taken for it in practice; it only ever seals nothing at all. */
const checkIv = Buffer.alloc(ivLength, 0xff)

/** `iv (12, from the token) ‖ ciphertext ‖ tag (16)`. Random IVs: far fewer than 2^32 seals per key version are meant. */
export const aesGcm: WrapStrategy = {
  name: 'aes-gcm',
  mechanisms: [mechanisms.CKM_AES_GCM],
  use: 'encrypt',
  mac: false,

  wrap({ library, session }, { key }, payload) {
    const iv = library.C_GenerateRandom(session, Buffer.alloc(ivLength))
    library.C_EncryptInit(session, gcm(iv), key)
    return Buffer.concat([iv, library.C_Encrypt(session, payload, Buffer.alloc(payload.length + tagLength))])
  },

  unwrap({ library, session }, { key }, wrapped) {
    if (wrapped.length <= ivLength + tagLength) throw new BadBlob('too short')
    library.C_DecryptInit(session, gcm(wrapped.subarray(0, ivLength)), key)
    return library.C_Decrypt(session, wrapped.subarray(ivLength), Buffer.alloc(wrapped.length))
  },

  checkValue({ library, session }, { key }) {
    library.C_EncryptInit(session, gcm(checkIv), key)
    return library.C_Encrypt(session, Buffer.alloc(0), Buffer.alloc(tagLength)).subarray(0, 8)
  },
}

function gcm(iv: Buffer) {
  const parameter = {
    type: pkcs11js.CK_PARAMS_AES_GCM_v240,
    iv: Buffer.from(iv),
    ivBits: ivLength * 8,
    tagBits: tagLength * 8,
  }
  return { mechanism: mechanisms.CKM_AES_GCM, parameter }
}
