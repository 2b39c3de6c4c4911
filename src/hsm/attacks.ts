// What the holder of a PIN could try on a CMK by going past the service: each attempt on a real token, with its outcome
// (Clulow 2003; Bortolozzo, Centenaro, Focardi, Steel, CCS 2010). For `qualify`; never run on keys in use.
import type { Handle } from 'pkcs11js'
import { attributes as a, mechanisms as m } from './mechanisms.ts'
import { returnValue } from './return-values.ts'
import type { KeyHandles, SessionHandle, WrapStrategy } from './strategies/strategy.ts'

/** How an attempt ended: the token's refusal by name, or `ALLOWED`. */
export type AttackOutcomes = Readonly<Record<string, string>>

type Attempt = (at: SessionHandle, keys: KeyHandles, strategy: WrapStrategy) => unknown

const ecb = { mechanism: m.CKM_AES_ECB }
const block = Buffer.alloc(16)

const attempts: Readonly<Record<string, Attempt>> = {
  'read the value': ({ library, session }, { key }) => {
    const [value] = library.C_GetAttributeValue(session, key, [{ type: a.CKA_VALUE }])
    if (Buffer.from((value?.value as Buffer | undefined) ?? []).length === 0) throw new Error('no value')
  },
  'make it extractable': (at, { key }) => set(at, key, a.CKA_EXTRACTABLE, true),
  'make it not sensitive': (at, { key }) => set(at, key, a.CKA_SENSITIVE, false),
  'add decryption': (at, { key }) => set(at, key, a.CKA_DECRYPT, true),
  'copy it with decryption': (at, { key }) => copy(at, key, a.CKA_DECRYPT, true),
  'copy it extractable': (at, { key }) => copy(at, key, a.CKA_EXTRACTABLE, true),
  'copy it modifiable': (at, { key }) => copy(at, key, a.CKA_MODIFIABLE, true),
  'encrypt with it': ({ library, session }, { key }, { use }) => {
    if (use === 'encrypt') throw new Error('its use')
    library.C_EncryptInit(session, ecb, key)
    library.C_Encrypt(session, block, Buffer.alloc(16))
  },
  'decrypt with it': ({ library, session }, { key }, { use }) => {
    if (use === 'encrypt') throw new Error('its use')
    library.C_DecryptInit(session, ecb, key)
    library.C_Decrypt(session, block, Buffer.alloc(16))
  },
  'sign with it': ({ library, session }, { key }) => {
    library.C_SignInit(session, { mechanism: m.CKM_SHA256_HMAC }, key)
    library.C_Sign(session, block, Buffer.alloc(32))
  },
  'wrap it under itself': (at, keys) => wrapOut(at, keys.key, keys.key),
  'wrap its MAC key under it': (at, { key, mac }) => {
    if (mac === undefined) throw new Error('it has none')
    wrapOut(at, key, mac)
  },
}

/** Tries everything on one key, each attempt in a session of its own that `fresh` opens and closes. */
export function attack(
  fresh: <Result>(attempt: (at: SessionHandle) => Result) => Result,
  keys: KeyHandles,
  strategy: WrapStrategy,
): AttackOutcomes {
  const outcome = (attempt: Attempt): string => {
    try {
      fresh((at) => attempt(at, keys, strategy))
      return 'ALLOWED'
    } catch (error) {
      const { name } = returnValue(error)
      return name === 'native error' ? 'refused' : `refused: ${name}`
    }
  }
  return Object.fromEntries(Object.entries(attempts).map(([name, attempt]) => [name, outcome(attempt)]))
}

function set({ library, session }: SessionHandle, key: Handle, type: number, value: boolean): void {
  library.C_SetAttributeValue(session, key, [{ type, value }])
}

function copy({ library, session }: SessionHandle, key: Handle, type: number, value: boolean): void {
  const template = [
    { type: a.CKA_TOKEN, value: false },
    { type, value },
  ]
  library.C_DestroyObject(session, library.C_CopyObject(session, key, template))
}

function wrapOut({ library, session }: SessionHandle, under: Handle, object: Handle): void {
  const tried = [
    { mechanism: m.CKM_AES_KEY_WRAP },
    { mechanism: m.CKM_AES_CBC_PAD, parameter: Buffer.alloc(16) },
  ]
  let refused: unknown
  for (const mechanism of tried) {
    try {
      library.C_WrapKey(session, mechanism, under, object, Buffer.alloc(256))
      return
    } catch (error) {
      // What the token says of a mechanism it has is worth more than that it lacks another.
      if (refused === undefined || returnValue(refused).name === 'CKR_MECHANISM_INVALID') refused = error
    }
  }
  throw refused
}
