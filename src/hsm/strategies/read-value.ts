// The bytes of a session object, which is destroyed.
import type { Handle } from 'pkcs11js'
import { attributes } from '../mechanisms.ts'
import type { SessionHandle } from './strategy.ts'

/** CKA_VALUE of an unwrapped payload; the object is gone afterwards, whatever happens. */
export function readValue({ library, session }: SessionHandle, object: Handle): Buffer {
  try {
    const [value] = library.C_GetAttributeValue(session, object, [{ type: attributes.CKA_VALUE }])
    if (!Buffer.isBuffer(value?.value)) throw new Error('CKA_VALUE of an unwrapped payload is not bytes')
    return value.value
  } finally {
    library.C_DestroyObject(session, object)
  }
}
