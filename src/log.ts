// The log: pino on standard error, and the list of what must never appear in it.
import { type DestinationStream, type Logger, pino } from 'pino'
import { build as pretty } from 'pino-pretty'

export type { Logger } from 'pino'

/** Names of members that are cut from every log line, wherever they stand and however they are capitalised. */
export const redacted = [
  'accessKeySecret',
  'authorization',
  'body',
  'encryptionContext',
  'headers',
  'importKeyMaterial',
  'password',
  'pin',
  'pins',
  'plaintext',
  'privateKey',
  'query',
  'rawQuery',
  'secret',
  'secretKey',
  'securityToken',
  'signature',
  'soPin',
  'token',
] as const

const hidden: ReadonlySet<string> = new Set(redacted.map((name) => name.toLowerCase()))
/** How deep a line is looked at; what lies deeper is left out. */
const depthLimit = 6

/** One JSON line per event, or readable lines on a terminal. `level` is pino's. */
export function createLog(level: string, destination: DestinationStream = standardError()): Logger {
  return pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { log: (facts) => cutSecrets(facts, 0) as Record<string, unknown> },
    },
    destination,
  )
}

// Bytes may be a key's: none are for a log.
function cutSecrets(value: unknown, depth: number): unknown {
  if (typeof value !== 'object' || value === null || value instanceof Error) return value
  if (ArrayBuffer.isView(value) || depth > depthLimit) return undefined
  if (Array.isArray(value)) return value.map((member) => cutSecrets(member, depth + 1))
  const kept = Object.entries(value).filter(([name]) => !hidden.has(name.toLowerCase()))
  return Object.fromEntries(kept.map(([name, member]) => [name, cutSecrets(member, depth + 1)]))
}

function standardError(): DestinationStream {
  if (!process.stderr.isTTY) return pino.destination({ dest: 2, sync: true })
  return pretty({
    colorize: true,
    destination: 2,
    sync: true,
    translateTime: 'SYS:HH:MM:ss',
    singleLine: true,
  })
}
