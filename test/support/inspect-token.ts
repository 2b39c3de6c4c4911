// A process of its own that looks at a token with the bare binding: every secret key, its attributes, and what the
// token answers when asked for CKA_VALUE. Arguments: module, token label; PIN on stdin; JSON on stdout.
import { text } from 'node:stream/consumers'
import pkcs11js from 'pkcs11js'

const [module = '', label = ''] = process.argv.slice(2)
const library = new pkcs11js.PKCS11()
library.load(module)
library.C_Initialize()
const slot = library
  .C_GetSlotList(true)
  .find((candidate) => library.C_GetTokenInfo(candidate).label.trim() === label)
if (slot === undefined) throw new Error(`no token ${label}`)
const session = library.C_OpenSession(slot, pkcs11js.CKF_SERIAL_SESSION)
library.C_Login(session, pkcs11js.CKU_USER, (await text(process.stdin)).trim())
library.C_FindObjectsInit(session, [{ type: pkcs11js.CKA_CLASS, value: pkcs11js.CKO_SECRET_KEY }])
const objects = library.C_FindObjects(session, 1000)
library.C_FindObjectsFinal(session)

const flags = {
  sensitive: pkcs11js.CKA_SENSITIVE,
  alwaysSensitive: pkcs11js.CKA_ALWAYS_SENSITIVE,
  extractable: pkcs11js.CKA_EXTRACTABLE,
  neverExtractable: pkcs11js.CKA_NEVER_EXTRACTABLE,
  modifiable: pkcs11js.CKA_MODIFIABLE,
  copyable: 0x171,
  local: pkcs11js.CKA_LOCAL,
  token: pkcs11js.CKA_TOKEN,
  private: pkcs11js.CKA_PRIVATE,
  wrap: pkcs11js.CKA_WRAP,
  unwrap: pkcs11js.CKA_UNWRAP,
  encrypt: pkcs11js.CKA_ENCRYPT,
  decrypt: pkcs11js.CKA_DECRYPT,
  sign: pkcs11js.CKA_SIGN,
  verify: pkcs11js.CKA_VERIFY,
  derive: pkcs11js.CKA_DERIVE,
}

function read(object: Buffer, type: number): Buffer {
  return library.C_GetAttributeValue(session, object, [{ type }])[0]?.value as Buffer
}

function attempt(action: () => unknown): string {
  try {
    action()
    return 'allowed'
  } catch (error) {
    return error instanceof Error ? (error.message.split(':')[0] ?? '') : 'failed'
  }
}

const described = objects.map((object) => ({
  id: read(object, pkcs11js.CKA_ID).toString('hex'),
  label: read(object, pkcs11js.CKA_LABEL).toString(),
  flags: Object.fromEntries(Object.entries(flags).map(([name, type]) => [name, read(object, type)[0] === 1])),
  value: attempt(() => read(object, pkcs11js.CKA_VALUE)),
  turnOnDecrypt: attempt(() =>
    library.C_SetAttributeValue(session, object, [{ type: pkcs11js.CKA_DECRYPT, value: true }]),
  ),
  copyWithDecrypt: attempt(() =>
    library.C_CopyObject(session, object, [{ type: pkcs11js.CKA_DECRYPT, value: true }]),
  ),
}))
process.stdout.write(JSON.stringify(described))
library.C_Finalize()
