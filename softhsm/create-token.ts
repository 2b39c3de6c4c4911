// Makes a token on an empty slot: what needs the security officer, kept out of the service. JSON on stdin:
// { module, label, pin, soPin }. SOFTHSM2_CONF must name the token's configuration.
import { text } from 'node:stream/consumers'
import { Module, SessionFlag, UserType } from 'graphene-pk11'

interface Job {
  readonly module: string
  readonly label: string
  readonly pin: string
  readonly soPin: string
}

function createToken({ module: path, label, pin, soPin }: Job): void {
  const module = Module.load(path)
  module.initialize()
  try {
    const slots = module.getSlots(true)
    for (let index = 0; index < slots.length; index++) {
      if (slots.items(index).getToken().label.trim() === label)
        throw new Error(`a token ${label} is there already`)
    }
    // SoftHSM always lists one slot more, with a token nobody has initialised.
    const slot = slots.items(slots.length - 1)
    // The binding hands 32 bytes of label to the library, whatever it was given. Graphene's own initToken reads a
    // result that the binding no longer returns (graphene 2.3.6 on pkcs11js 2).
    module.lib.C_InitToken(slot.handle, soPin, label.padEnd(32))
    const session = slot.open(SessionFlag.SERIAL_SESSION | SessionFlag.RW_SESSION)
    session.login(soPin, UserType.SO)
    session.initPin(pin)
    session.logout()
    session.close()
  } finally {
    module.finalize()
  }
}

try {
  createToken(JSON.parse(await text(process.stdin)) as Job)
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message.split('\n')[0] : 'failed'}\n`)
  process.exitCode = 1
}
