// RFC 3394 key wrap (CKM_AES_KEY_WRAP): authenticated, and the one form that agrees on every token having it.
import { mechanisms } from '../mechanisms.ts'
import { payloadTemplate } from '../templates.ts'
import { readValue } from './read-value.ts'
import type { WrapStrategy } from './strategy.ts'

const mechanism = { mechanism: mechanisms.CKM_AES_KEY_WRAP }

/** RFC 3394 adds 8 bytes: a payload of n bytes becomes n + 8. */
export const rfc3394: WrapStrategy = {
  name: 'rfc3394',
  mechanisms: [mechanisms.CKM_AES_KEY_WRAP],
  use: 'wrap',
  mac: false,

  wrap({ library, session }, { key }, payload) {
    const object = library.C_CreateObject(session, payloadTemplate(payload))
    try {
      return library.C_WrapKey(session, mechanism, key, object, Buffer.alloc(payload.length + 8))
    } finally {
      library.C_DestroyObject(session, object)
    }
  },

  unwrap({ library, session }, { key }, wrapped, template) {
    const object = library.C_UnwrapKey(session, mechanism, key, wrapped, template)
    return readValue({ library, session }, object)
  },

  checkValue(at, keys) {
    return rfc3394.wrap(at, keys, Buffer.alloc(16))
  },
}
