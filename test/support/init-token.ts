// A process of its own that gives an untouched token its label and PINs, as security officer. JSON on stdin.
import { text } from 'node:stream/consumers'
import pkcs11js, { type Handle, type PKCS11 } from 'pkcs11js'

/** Which token, and what to make of it. PINs are the token's; the library is loaded by this process only. */
export interface InitTokenJob {
  readonly module: string
  /** Library parameters of C_Initialize; '' for none. */
  readonly initArgs: string
  /** Label of the untouched token; exactly one slot must show it. */
  readonly untouched: string
  /** Label to give it by C_InitToken, which wipes it; without one it is left as it is. */
  readonly label?: string
  /** The security officer's PIN of the untouched token. */
  readonly defaultSoPin: string
  /** For a token that wants its officer's PIN changed before use, and its user's after the officer has set it. */
  readonly soPin?: string
  /** The user's PIN in the end. */
  readonly pin: string
}

function initToken(library: PKCS11, job: InitTokenJob): void {
  const slot = findSlot(library, job.untouched)
  // The binding hands 32 bytes of label to the library, whatever it was given.
  if (job.label !== undefined) library.C_InitToken(slot, job.defaultSoPin, job.label.padEnd(32))
  const session = library.C_OpenSession(slot, pkcs11js.CKF_SERIAL_SESSION | pkcs11js.CKF_RW_SESSION)
  library.C_Login(session, pkcs11js.CKU_SO, job.defaultSoPin)
  if (job.soPin === undefined) library.C_InitPIN(session, job.pin)
  else changePins(library, session, { ...job, soPin: job.soPin })
}

// What the officer sets is good for one login: the user has to replace it.
function changePins(library: PKCS11, session: Handle, job: InitTokenJob & { soPin: string }): void {
  const forOneLogin = job.soPin
  library.C_SetPIN(session, job.defaultSoPin, job.soPin)
  library.C_InitPIN(session, forOneLogin)
  library.C_Logout(session)
  library.C_Login(session, pkcs11js.CKU_USER, forOneLogin)
  library.C_SetPIN(session, forOneLogin, job.pin)
}

function findSlot(library: PKCS11, label: string): Handle {
  const found = library
    .C_GetSlotList(true)
    .filter((slot) => library.C_GetTokenInfo(slot).label.split('\0')[0]?.trim() === label)
  const [slot, second] = found
  if (slot === undefined || second !== undefined) throw new Error(`${found.length} tokens called ${label}`)
  return slot
}

const job = JSON.parse(await text(process.stdin)) as InitTokenJob
const library = new pkcs11js.PKCS11()
library.load(job.module)
if (job.initArgs === '') library.C_Initialize()
else library.C_Initialize({ libraryParameters: job.initArgs, flags: pkcs11js.CKF_OS_LOCKING_OK })
initToken(library, job)
library.C_Finalize()
