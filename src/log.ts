// The log: pino on standard error, and the list of what must never appear in it.
import { type DestinationStream, type Logger, pino } from 'pino'
import { build as pretty } from 'pino-pretty'

export type { Logger } from 'pino'

/** Members that are cut from every log line, wherever they stand. */
export const redacted = [
  'pin',
  'secret',
  'secretKey',
  'accessKeySecret',
  'plaintext',
  'Plaintext',
  'authorization',
  'token.pin',
  'Signature',
] as const

/** One JSON line per event, or readable lines on a terminal. `level` is pino's. */
export function createLog(level: string, destination: DestinationStream = standardError()): Logger {
  const paths = redacted.flatMap((name) => [name, `*.${name}`])
  return pino(
    { level, redact: { paths, remove: true }, base: null, timestamp: pino.stdTimeFunctions.isoTime },
    destination,
  )
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
