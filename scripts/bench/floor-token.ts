// Floor (b), a process of its own: random bytes, an object, its wrap, its end, in a bare loop on a token.
import { mechanisms } from '../../src/hsm/mechanisms.ts'
import { payloadTemplate, tokenKeysTemplate } from '../../src/hsm/templates.ts'
import { openToken, type TokenAccess } from './open-token.ts'

/** One loop: how long, and whether the keys of the token wrap in turn or one of them alone. */
export interface TokenLoop {
  readonly seconds: number
  readonly spread: boolean
}

/** Bytes of a payload that holds a 32-byte data key, and of its wrap. */
const [payloadLength, wrappedLength] = [72, 80]
const mechanism = { mechanism: mechanisms.CKM_AES_KEY_WRAP }

process.on('disconnect', () => process.exit(0))
process.once('message', (access: TokenAccess) => {
  const { library, session } = openToken(access)
  library.C_FindObjectsInit(session, tokenKeysTemplate)
  const find = () => library.C_FindObjects(session, 256)
  const keys: Buffer[] = []
  for (let some = find(); some.length > 0; some = find()) keys.push(...some)
  library.C_FindObjectsFinal(session)
  if (keys.length === 0) throw new Error(`no key on ${access.token}`)
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
