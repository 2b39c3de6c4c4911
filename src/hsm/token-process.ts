// The process that loads a PKCS#11 library: the only file that does. Started by token-client.ts, never imported.
import pkcs11js, { type Handle, type PKCS11 } from 'pkcs11js'
import { values } from './mechanisms.ts'
import { returnValue } from './return-values.ts'
import { TokenError } from './token-error.ts'
import type {
  FromTokenProcess,
  OpenFailure,
  OpenMessage,
  TokenAnswer,
  TokenDescription,
  TokenRequest,
  ToTokenProcess,
} from './token-protocol.ts'
import { TokenSession } from './token-session.ts'

const memoryInterval = 500

class OpenError extends Error {
  readonly reason: OpenFailure

  constructor(reason: OpenFailure, detail: string) {
    super(detail)
    this.reason = reason
  }
}

const library: PKCS11 = new pkcs11js.PKCS11()
let token: TokenSession | undefined
let memory = weigh()

// Ctrl-C and the end of a terminal reach the whole process group; this process ends when its parent says so, or is gone.
process.on('SIGINT', () => {})
process.on('SIGTERM', () => {})
process.on('SIGHUP', () => {})
process.on('disconnect', close)
process.on('message', (message: ToTokenProcess) => {
  if (message.type === 'open') open(message)
  else if (message.type === 'batch') answer(message.requests)
  else close()
})

function open(message: OpenMessage): void {
  try {
    loadLibrary(message)
    const { slot, description } = findSlot(message.token)
    const session = logIn(slot, message.pin)
    const opened = new TokenSession(library, slot, session, { description, checkBlobs: message.checkBlobs })
    token = opened
    const comparison = opened.compare(message.expected)
    const { size: keys, card } = opened
    // What the token's keys take is no growth.
    memory = weigh()
    send({ type: 'ready', token: description, card, keys, comparison, memory: memory.bytes })
  } catch (error) {
    const known = error instanceof OpenError
    const detail = known || error instanceof TokenError ? error.message : returnValue(error).name
    send({ type: 'open-failed', reason: known ? error.reason : 'token-unwell', detail })
  }
}

function loadLibrary({ module, initArgs }: OpenMessage): void {
  try {
    library.load(module)
    if (initArgs === '') library.C_Initialize()
    else library.C_Initialize({ libraryParameters: initArgs, flags: values.CKF_OS_LOCKING_OK })
  } catch (error) {
    throw new OpenError(
      'module-unusable',
      error instanceof Error ? (error.message.split('\n')[0] ?? '') : 'load',
    )
  }
}

function findSlot(wanted: string): { slot: Handle; description: TokenDescription } {
  const info = library.C_GetInfo()
  const found = library
    .C_GetSlotList(true)
    .map((slot) => {
      const read = library.C_GetTokenInfo(slot)
      const description = {
        label: trim(read.label),
        manufacturer: trim(read.manufacturerID),
        model: trim(read.model),
        serial: trim(read.serialNumber),
        library: `${trim(info.libraryDescription)} ${info.libraryVersion.major}.${info.libraryVersion.minor}`,
      }
      return { slot, description }
    })
    .filter(({ description }) => wanted === description.label || wanted === `serial:${description.serial}`)
  const [first, second] = found
  if (first === undefined) throw new OpenError('token-not-found', `no token ${wanted}`)
  if (second !== undefined) throw new OpenError('token-ambiguous', `more than one token ${wanted}`)
  return first
}

// Some tokens pad with NUL and leave garbage behind it.
function trim(text: string): string {
  return (text.split('\0')[0] ?? '').trim()
}

function logIn(slot: Handle, pin: string): Handle {
  const session = library.C_OpenSession(slot, values.CKF_SERIAL_SESSION | values.CKF_RW_SESSION)
  try {
    library.C_Login(session, values.CKU_USER, pin)
  } catch (error) {
    const { class: kind, name } = returnValue(error)
    throw new OpenError(kind === 'pin' ? 'pin-refused' : 'token-unwell', `C_Login: ${name}`)
  }
  return session
}

function answer(requests: readonly TokenRequest[]): void {
  const answers = requests.map(perform)
  if (Date.now() - memory.at > memoryInterval) memory = weigh()
  send({ type: 'answers', answers, memory: memory.bytes })
}

function weigh(): { readonly bytes: number; readonly at: number } {
  return { bytes: process.memoryUsage.rss(), at: Date.now() }
}

function perform(request: TokenRequest): TokenAnswer {
  const [id] = request
  try {
    if (token === undefined) throw new TokenError('token-lost', 'not open')
    return [id, true, run(token, request)]
  } catch (error) {
    const known = error instanceof TokenError
    return [id, false, known ? error.failure : 'refused', known ? error.message : returnValue(error).name]
  }
}

function run(on: TokenSession, request: TokenRequest): unknown {
  const [, name, ...args] = request
  return (on[name] as (...args: unknown[]) => unknown).apply(on, args)
}

function send(message: FromTokenProcess): void {
  process.send?.(message)
}

function close(): void {
  try {
    library.C_Finalize()
  } catch {
    // Nothing was initialised, or the library is past caring.
  }
  process.exit(0)
}
