// RFC 3394 key wrap (CKM_AES_KEY_WRAP): authenticated, and the one form that agrees on every token having it.
import { attributes, mechanisms } from '../mechanisms.ts'
import { payloadTemplate, unwrappedTemplate } from '../templates.ts'
import type { SessionHandle, WrapStrategy } from './strategy.ts'

const mechanism = { mechanism: mechanisms.CKM_AES_KEY_WRAP }

/** RFC 3394 adds 8 bytes: a payload of n bytes becomes n + 8. */
export const rfc3394: WrapStrategy = {
  name: 'rfc3394',

  wrap({ library, session }, key, payload) {
    const object = library.C_CreateObject(session, payloadTemplate(payload))
    try {
      return library.C_WrapKey(session, mechanism, key, object, Buffer.alloc(payload.length + 8))
    } finally {
      library.C_DestroyObject(session, object)
    }
  },

  unwrap({ library, session }, key, wrapped) {
    const object = library.C_UnwrapKey(session, mechanism, key, wrapped, unwrappedTemplate)
    try {
      return readValue({ library, session }, object)
    } finally {
      library.C_DestroyObject(session, object)
    }
  },
}

function readValue({ library, session }: SessionHandle, object: Buffer): Buffer {
  const [value] = library.C_GetAttributeValue(session, object, [{ type: attributes.CKA_VALUE }])
  if (!Buffer.isBuffer(value?.value)) throw new Error('CKA_VALUE of an unwrapped payload is not bytes')
  return value.value
}
