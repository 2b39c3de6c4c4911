// A token as a bare loop of the bench opens it: in the process's own library, logged in.
import pkcs11js from 'pkcs11js'
import { values } from '../../src/hsm/mechanisms.ts'
import type { SessionHandle } from '../../src/hsm/strategies/strategy.ts'

/** A token. The environment of the process names its configuration. */
export interface TokenAccess {
  readonly module: string
  readonly token: string
  readonly pin: string
}

/** A session that may write. Throws when there is no such token, and what the library throws. */
export function openToken({ module, token, pin }: TokenAccess): SessionHandle {
  const library = new pkcs11js.PKCS11()
  library.load(module)
  library.C_Initialize()
  const slot = library.C_GetSlotList(true).find((one) => library.C_GetTokenInfo(one).label.trim() === token)
  if (slot === undefined) throw new Error(`no token ${token}`)
  const session = library.C_OpenSession(slot, values.CKF_SERIAL_SESSION | values.CKF_RW_SESSION)
  library.C_Login(session, values.CKU_USER, pin)
  return { library, session }
}
