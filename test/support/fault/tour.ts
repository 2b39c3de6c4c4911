// A process of its own that calls every function fault.c wraps, in one sensible order, each once more if it fails.
// Arguments: module; PIN on stdin. Writes a line of JSON a call: [function, outcome], outcome: hex, JSON or a CKR name.
import { writeSync } from 'node:fs'
import { text } from 'node:stream/consumers'
import pkcs11js, { type Handle } from 'pkcs11js'

const library = new pkcs11js.PKCS11()
library.load(process.argv[2] ?? '')
const pin = (await text(process.stdin)).trim()

type Name = Extract<keyof typeof library, `C_${string}`>

function call<Result>(name: Name, ...args: unknown[]): Result | undefined {
  for (let attempt = 0; attempt < 2; attempt++) {
    try {
      const result = (library[name] as (...args: unknown[]) => Result).apply(library, args)
      report(name, outcome(result))
      return result
    } catch (error) {
      // Some calls of pkcs11js throw errors that carry the code in their text.
      report(name, String(error instanceof Error ? error.message : error).replace(/:\d+$/, ''))
    }
  }
  return undefined
}

function outcome(result: unknown): string {
  if (Buffer.isBuffer(result)) return result.toString('hex')
  if (result === undefined) return 'ok'
  return JSON.stringify(result, (_, value) => (typeof value === 'bigint' ? String(value) : value))
}

function report(name: Name, what: string): void {
  writeSync(1, `${JSON.stringify([name, what])}\n`)
}

const none: Handle = Buffer.alloc(8)
const handle = (name: Name, ...args: unknown[]) => call<Handle>(name, ...args) ?? none
const wrap = { mechanism: 0x2109 }
const ecb = { mechanism: pkcs11js.CKM_AES_ECB }
const hmac = { mechanism: pkcs11js.CKM_SHA256_HMAC }
const secret = [
  { type: pkcs11js.CKA_CLASS, value: pkcs11js.CKO_SECRET_KEY },
  { type: pkcs11js.CKA_KEY_TYPE, value: pkcs11js.CKK_GENERIC_SECRET },
  { type: pkcs11js.CKA_SENSITIVE, value: false },
  { type: pkcs11js.CKA_EXTRACTABLE, value: true },
]
const block = Buffer.alloc(32, 'block')

call('C_Initialize')
const slot = call<Handle[]>('C_GetSlotList', true)?.[0] ?? none
call('C_GetTokenInfo', slot)
call('C_GetMechanismList', slot)
call('C_GetMechanismInfo', slot, wrap.mechanism)
const session = handle('C_OpenSession', slot, pkcs11js.CKF_SERIAL_SESSION | pkcs11js.CKF_RW_SESSION)
for (let count = 0; count < 2; count++) {
  call('C_CloseSession', handle('C_OpenSession', slot, pkcs11js.CKF_SERIAL_SESSION))
}
call('C_Login', session, pkcs11js.CKU_USER, pin)
call('C_GenerateRandom', session, Buffer.alloc(16))
const key = handle('C_GenerateKey', session, { mechanism: pkcs11js.CKM_AES_KEY_GEN }, [
  { type: pkcs11js.CKA_VALUE_LEN, value: 32 },
  ...[pkcs11js.CKA_ENCRYPT, pkcs11js.CKA_DECRYPT, pkcs11js.CKA_WRAP, pkcs11js.CKA_UNWRAP].map((type) => ({
    type,
    value: true,
  })),
])
const object = handle('C_CreateObject', session, [
  ...secret,
  { type: pkcs11js.CKA_VALUE, value: block },
  { type: pkcs11js.CKA_SIGN, value: true },
  { type: pkcs11js.CKA_VERIFY, value: true },
])
const wrapped = call<Buffer>('C_WrapKey', session, wrap, key, object, Buffer.alloc(40)) ?? Buffer.alloc(40)
const unwrapped = handle('C_UnwrapKey', session, wrap, key, wrapped, secret)
call('C_GetAttributeValue', session, unwrapped, [{ type: pkcs11js.CKA_VALUE }])
call('C_FindObjectsInit', session, [{ type: pkcs11js.CKA_CLASS, value: pkcs11js.CKO_SECRET_KEY }])
call('C_FindObjects', session, 10)
call('C_FindObjectsFinal', session)
call('C_EncryptInit', session, ecb, key)
const encrypted = call<Buffer>('C_Encrypt', session, block, Buffer.alloc(32)) ?? block
call('C_DecryptInit', session, ecb, key)
call('C_Decrypt', session, encrypted, Buffer.alloc(32))
call('C_SignInit', session, hmac, object)
const signature = call<Buffer>('C_Sign', session, block, Buffer.alloc(32)) ?? Buffer.alloc(32)
call('C_VerifyInit', session, hmac, object)
call('C_Verify', session, block, signature)
call('C_DestroyObject', session, object)
call('C_Logout', session)
call('C_CloseSession', session)
call('C_Finalize')
