// Figures of a run: what was measured, the bar it is held to, and the table of them.

/** What a figure must not exceed, or must reach. */
export type Bar = { readonly atMost: number } | { readonly atLeast: number }

/** One line of the table. */
export interface Figure {
  /** Stable over versions, so that two runs can be compared. */
  readonly id: string
  readonly title: string
  /** Absent when it could not be measured here; the note says why. */
  readonly value?: number
  readonly unit: string
  readonly bar?: Bar
  readonly note?: string
}

/** One part of a run. */
export interface Group {
  readonly name: string
  readonly figures: readonly Figure[]
}

/** Whether a figure holds its bar; undefined when it has none, or was not measured. */
export function holds({ value, bar }: Figure): boolean | undefined {
  if (value === undefined || bar === undefined) return undefined
  return 'atMost' in bar ? value <= bar.atMost : value >= bar.atLeast
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length / 2
  const [low, high] = [sorted[Math.ceil(middle) - 1] ?? 0, sorted[Math.floor(middle)] ?? 0]
  return (low + high) / 2
}

/** Cells of a figure's line: title, value, bar, verdict, note. */
export function cellsOf(figure: Figure): readonly [string, string, string, string, string] {
  const { title, value, unit, bar, note = '' } = figure
  const measured = value === undefined ? 'not available' : `${format(value)} ${unit}`.trim()
  const wanted =
    bar === undefined
      ? ''
      : 'atMost' in bar
        ? `at most ${format(bar.atMost)}`
        : `at least ${format(bar.atLeast)}`
  const verdict = { true: 'holds', false: 'DOES NOT HOLD', undefined: '' }[String(holds(figure))] ?? ''
  return [title, measured, wanted, verdict, note]
}

/** The whole table for a terminal. */
export function renderTable(groups: readonly Group[]): string {
  const rows = groups.flatMap(({ figures }) => figures.map(cellsOf))
  const width = (column: number) => Math.max(...rows.map((row) => (row[column] ?? '').length), 0)
  const [titles, values, bars, verdicts] = [0, 1, 2, 3].map(width)
  return groups
    .map(({ name, figures }) => {
      const lines = figures.map((figure) => {
        const [title, value, bar, verdict, note] = cellsOf(figure)
        const cells = [title.padEnd(titles ?? 0), value.padStart(values ?? 0), bar.padEnd(bars ?? 0)]
        return `  ${[...cells, verdict.padEnd(verdicts ?? 0), note].join('  ').trimEnd()}`
      })
      return `${name}\n${lines.join('\n')}\n`
    })
    .join('\n')
}

/** Three significant digits, thousands apart. */
export function format(value: number): string {
  const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2
  return value.toLocaleString('en', { maximumFractionDigits: digits })
}
