// Counters and histograms that cost a request next to nothing: plain numbers, given to prom-client when somebody asks.
import type { MetricValueWithName, Registry } from 'prom-client'

/** Values of the labels that a metric has, in its order. */
type Values = readonly string[]

interface Named {
  readonly name: string
  readonly help: string
  readonly labels: readonly string[]
}

/** Upper bounds of the buckets, seconds: about what a token, a disk and a client's patience take. */
const bounds = [0.0005, 0.002, 0.01, 0.05, 0.25, 1, 5] as const

/** Counts by labels. prom-client's own would cost a request more than its signature does. */
export class Tally {
  readonly #named: Named
  readonly #counts = new Map<string, { readonly values: Values; count: number }>()

  constructor(registry: Registry, named: Named) {
    this.#named = named
    register(registry, named, 'counter', () => this.#read())
  }

  add(...values: Values): void {
    const key = values.join(' ')
    const known = this.#counts.get(key)
    if (known === undefined) this.#counts.set(key, { values, count: 1 })
    else known.count++
  }

  #read(): MetricValueWithName<string>[] {
    return [...this.#counts.values()].map(({ values, count }) => ({
      labels: labelsOf(this.#named, values),
      value: count,
    }))
  }
}

/** Durations by labels, as a Prometheus histogram. */
export class Timing {
  readonly #named: Named
  readonly #series = new Map<string, { readonly values: Values; readonly buckets: number[]; sum: number }>()

  constructor(registry: Registry, named: Named) {
    this.#named = named
    register(registry, named, 'histogram', () => this.#read())
  }

  /** `duration` in milliseconds. */
  note(duration: number, ...values: Values): void {
    const key = values.join(' ')
    let series = this.#series.get(key)
    if (series === undefined) {
      series = { values, buckets: new Array(bounds.length + 1).fill(0), sum: 0 }
      this.#series.set(key, series)
    }
    const seconds = duration / 1000
    let bucket = 0
    while (bucket < bounds.length && seconds > (bounds[bucket] ?? 0)) bucket++
    series.buckets[bucket] = (series.buckets[bucket] ?? 0) + 1
    series.sum += seconds
  }

  #read(): MetricValueWithName<string>[] {
    const { name } = this.#named
    return [...this.#series.values()].flatMap(({ values, buckets, sum }) => {
      const labels = labelsOf(this.#named, values)
      let count = 0
      const cumulated = buckets.map((here, index) => {
        count += here
        return {
          labels: { ...labels, le: bounds[index] ?? '+Inf' },
          value: count,
          metricName: `${name}_bucket`,
        }
      })
      return [
        ...cumulated,
        { labels, value: sum, metricName: `${name}_sum` },
        { labels, value: count, metricName: `${name}_count` },
      ]
    })
  }
}

function labelsOf({ labels }: Named, values: Values): Record<string, string> {
  return Object.fromEntries(labels.map((label, index) => [label, values[index] ?? '']))
}

// A registry asks each metric for its values; that is all that it needs of one.
function register(
  registry: Registry,
  { name, help }: Named,
  type: 'counter' | 'histogram',
  read: () => MetricValueWithName<string>[],
): void {
  const get = async () => ({ name, help, type, aggregator: 'sum', values: read() })
  registry.registerMetric({ name, get } as never)
}
