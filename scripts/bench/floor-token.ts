// Floor (b), a process of its own: random bytes, an object, its wrap, its end, in a bare loop on a token.
import pkcs11js from 'pkcs11js'
import { mechanisms, values } from '../../src/hsm/mechanisms.ts'
import { payloadTemplate, tokenKeysTemplate } from '../../src/hsm/templates.ts'

/** One loop: how long, and whether the keys of the token wrap in turn or one of them alone. */
export interface TokenLoop {
  readonly seconds: number
  readonly spread: boolean
}

/** A token with a key that wraps. The environment of the process names its configuration. */
export interface TokenAccess {
  readonly module: string
  readonly token: string
  readonly pin: string
}

/** Bytes of a payload that holds a 32-byte data key, and of its wrap. */
const [payloadLength, wrappedLength] = [72, 80]
const mechanism = { mechanism: mechanisms.CKM_AES_KEY_WRAP }

process.on('disconnect', () => process.exit(0))
process.once('message', ({ module, token, pin }: TokenAccess) => {
  const library = new pkcs11js.PKCS11()
  library.load(module)
  library.C_Initialize()
  const slot = library.C_GetSlotList(true).find((one) => library.C_GetTokenInfo(one).label.trim() === token)
  if (slot === undefined) throw new Error(`no token ${token}`)
  const session = library.C_OpenSession(slot, values.CKF_SERIAL_SESSION | values.CKF_RW_SESSION)
  library.C_Login(session, values.CKU_USER, pin)
  library.C_FindObjectsInit(session, tokenKeysTemplate)
  const find = () => library.C_FindObjects(session, 256)
  const keys: Buffer[] = []
  for (let some = find(); some.length > 0; some = find()) keys.push(...some)
  library.C_FindObjectsFinal(session)
  if (keys.length === 0) throw new Error(`no key on ${token}`)
  process.on('message', ({ seconds, spread }: TokenLoop) => {
    const end = Date.now() + seconds * 1000
    const used = spread ? keys : keys.slice(0, 1)
    const before = process.cpuUsage()
    let count = 0
    for (; Date.now() < end; count++) {
      const payload = Buffer.alloc(payloadLength)
      library.C_GenerateRandom(session, payload.subarray(2, 34))
      const object = library.C_CreateObject(session, payloadTemplate(payload))
      library.C_WrapKey(
        session,
        mechanism,
        used[count % used.length] as Buffer,
        object,
        Buffer.alloc(wrappedLength),
      )
      library.C_DestroyObject(session, object)
    }
    const { user, system } = process.cpuUsage(before)
    process.send?.((user + system) / count)
  })
  process.send?.('ready')
})
