// A run of the bench as JSON keeps it, and two runs side by side.
import { type Figure, format, type Group } from './figures.ts'

export interface Run {
  /** ISO 8601. */
  readonly date: string
  readonly commit: string
  readonly node: string
  readonly machine: {
    readonly processor: string
    readonly processors: number
    readonly memory: string
    readonly kernel: string
  }
  /** A glance: no figure of it is to be trusted. */
  readonly quick: boolean
  /** How long the run took. */
  readonly seconds: number
  readonly groups: readonly Group[]
}

/** Each figure that both runs have, with the second as a multiple of the first. */
export function renderComparison(before: Run, after: Run): string {
  const figuresOf = ({ groups }: Run) => groups.flatMap(({ figures }) => figures)
  const known = new Map(figuresOf(before).map((figure) => [figure.id, figure]))
  const rows = figuresOf(after).flatMap((figure) => {
    const old = known.get(figure.id)
    return old === undefined ? [] : [compare(old, figure)]
  })
  const width = (column: number) => Math.max(0, ...rows.map((row) => (row[column] ?? '').length))
  const widths = [0, 1, 2].map(width)
  const lines = rows.map(
    (row) => `  ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ')}`,
  )
  return [`Against ${before.commit} of ${before.date}`, ...lines, ''].join('\n')
}

function compare(before: Figure, after: Figure): string[] {
  const text = ({ value, unit }: Figure) =>
    value === undefined ? 'not available' : `${format(value)} ${unit}`
  const both = before.value !== undefined && after.value !== undefined && before.value !== 0
  const ratio = both ? `× ${((after.value ?? 0) / (before.value ?? 1)).toFixed(2)}` : ''
  return [after.title, text(before), text(after), ratio]
}
