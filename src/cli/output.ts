// What commands say: text for people, JSON for machines, errors as one line.

/** A refusal that is the command's own answer: exit code 1 and this line. */
export class Refusal extends Error {
  override readonly name = 'Refusal'
}

/** An error as one line without a stack. */
export function explain(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const { code } = error as Error & { code?: string }
  if (code === 'EADDRINUSE') return `config: listen.port: the port is taken (${error.message})`
  if (code === 'EADDRNOTAVAIL') return `config: listen.host: no such address here (${error.message})`
  return error.message.split('\n')[0] ?? error.name
}

/** A time (ms since the epoch) for people: UTC, to the second. */
export function time(milliseconds: number): string {
  return new Date(milliseconds).toISOString().replace(/\.\d+Z$/, 'Z')
}

/** Writes one JSON object, alone on its lines. */
export function printJson(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value, null, 2)}\n`)
}

/** Writes lines of text. */
export function printLines(lines: readonly string[]): void {
  process.stdout.write(`${lines.join('\n')}\n`)
}

/** Says steps of long work: on a terminal, quiet in a pipe and beside JSON. */
export function progress(json: boolean | undefined): (step: string) => void {
  if (json === true || !process.stderr.isTTY) return () => {}
  return (step) => void process.stderr.write(`  ${step}\n`)
}

/** Two columns, the first one as wide as its widest entry. */
export function columns(rows: readonly (readonly [string, string])[]): string[] {
  const width = Math.max(...rows.map(([name]) => name.length))
  return rows.map(([name, value]) => `  ${name.padEnd(width)}  ${value}`)
}
