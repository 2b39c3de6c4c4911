// The faults that drills bring about, each as rules of the fault module.
import { setTimeout as sleep } from 'node:timers/promises'
import type { Fault, Stroke } from './fault-drill.ts'
import { send } from './raw.ts'

/** The one call of each action that only the token can do: GenerateDataKey's, Decrypt's, CreateKey's. */
const calls = ['C_WrapKey', 'C_UnwrapKey', 'C_GenerateKey'] as const
/** CKM_AES_KEY_WRAP. */
const wrapMechanism = '0x2109'

// An action after the other, so that what harms one process does not at the same time harm the next.
function inTurn(action: string, lasts: number): readonly Stroke[] {
  return calls.map((call) => ({ rules: [`${call} ${action}`], lasts }))
}

function onAll(action: string): readonly string[] {
  return calls.map((call) => `${call} ${action}`)
}

function always(lasts: number, ...rules: readonly string[]): readonly Stroke[] {
  return [{ rules, lasts }]
}

// A busy machine may come to the refused login late.
const latched: NonNullable<Fault['until']> = async ({ server }) => {
  for (const end = Date.now() + 15_000; Date.now() < end; await sleep(20)) {
    const { body } = await send(server.host, { path: '/readyz' })
    if (body.includes('"state":"latched"')) return
  }
}

const openLatch: NonNullable<Fault['lift']> = async ({ home, cluster }) => {
  const { code, stderr } = await home.run('cluster', 'open', cluster, 'a1')
  if (code !== 0) throw new Error(stderr)
}

const rows = {
  sessionLost: {
    name: 'session lost (every session of a process is closed), once in each action',
    strokes: inTurn('kill-sessions total=1', 400),
  },
  absent: { name: 'token removed for 2 s', strokes: always(2000, '* absent') },
  burst: {
    name: '`CKR_DEVICE_ERROR` from 2 calls in a row, in each action',
    strokes: inTurn('return 0x30 total=2', 500),
  },
  deviceError: { name: '`CKR_DEVICE_ERROR` from every call for 2 s', strokes: always(2000, '* return 0x30') },
  hang: { name: 'one call hangs', strokes: always(6000, 'C_WrapKey hang total=1') },
  slow: {
    name: 'slow device: 5 ms more for every operation, for 2 s',
    strokes: always(2000, ...onAll('delay 5')),
  },
  sessionsFull: {
    name: 'a session is lost and the session table is full for 2 s',
    strokes: always(2000, 'C_WrapKey return 0xb3 total=1', 'C_OpenSession limit 0'),
  },
  crash: { name: 'SIGSEGV in the library, once in each action', strokes: inTurn('crash total=1', 600) },
  pinOnce: {
    name: 'PIN refused to the process that replaces a crashed one',
    strokes: always(1500, 'C_Login return 0xa0', 'C_WrapKey crash total=1'),
    until: latched,
    lift: openLatch,
  },
  pin: {
    name: 'PIN refused, every process of the member gone',
    strokes: always(1500, 'C_Login return 0xa0', 'C_WrapKey crash total=2'),
    until: latched,
    lift: openLatch,
  },
  notInitialised: {
    name: '`CKR_CRYPTOKI_NOT_INITIALIZED` for ever after 150 calls, in every process anew',
    strokes: always(2000, ...onAll('return 0x190 after=150')),
  },
  dead: {
    name: '`CKR_DEVICE_ERROR` for ever after 150 calls, in every process anew',
    strokes: always(2000, ...onAll('return 0x30 after=150')),
  },
  random: { name: 'random generator stuck for 2 s', strokes: always(2000, 'C_GenerateRandom stuck 0') },
  flippedOnce: {
    name: 'a bit flipped in 5 wrapped keys (`checkBlobs: true`)',
    checkBlobs: true,
    strokes: always(1500, 'C_WrapKey corrupt total=5'),
  },
  flipped: {
    name: 'a bit flipped in every wrapped key for 2 s (`checkBlobs: true`)',
    checkBlobs: true,
    strokes: always(2000, 'C_WrapKey corrupt'),
  },
  hidden: {
    name: 'wrap mechanism missing at the start of the service, for 2 s',
    atStart: [`* hide ${wrapMechanism}`],
    strokes: always(2000, `* hide ${wrapMechanism}`),
  },
} satisfies Record<string, Fault>

/** A short name of a fault. */
export type FaultName = keyof typeof rows

/** Every fault by its short name. */
export const faults: Readonly<Record<FaultName, Fault>> = rows
