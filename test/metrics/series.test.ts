// Counters and histograms as Prometheus reads them.
import { Registry } from 'prom-client'
import t from 'tap'
import { metricsText } from '../../src/metrics/meter.ts'
import { Tally, Timing } from '../../src/metrics/series.ts'

t.test('counts and durations, put together over processes', async (t) => {
  const registries = [1, 2].map((worker) => {
    const registry = new Registry()
    registry.setDefaultLabels({ worker: String(worker) })
    const tally = new Tally(registry, { name: 'calls_total', help: 'Calls.', labels: ['a', 'b'] })
    tally.add('x', 'y "z"')
    tally.add('x', 'y "z"')
    const timing = new Timing(registry, { name: 'time_seconds', help: 'Time.', labels: [] })
    for (const duration of [0.5, 0.51, 5000, 5001]) timing.note(duration)
    return registry
  })
  const { type, text } = await metricsText(
    await Promise.all(registries.map((each) => each.getMetricsAsJSON())),
  )
  t.match(type, /^text\/plain/)
  const lines = text.split('\n')
  for (const worker of [1, 2]) {
    t.ok(lines.includes(`calls_total{a="x",b="y \\"z\\"",worker="${worker}"} 2`))
    const bucket = (le: string) =>
      Number(
        lines
          .find((line) => line.startsWith(`time_seconds_bucket{le="${le}",worker="${worker}"}`))
          ?.split(' ')[1],
      )
    t.same(['0.0005', '0.002', '1', '5', '+Inf'].map(bucket), [1, 2, 2, 3, 4])
    t.ok(lines.includes(`time_seconds_count{worker="${worker}"} 4`))
    t.ok(lines.some((line) => line.startsWith(`time_seconds_sum{worker="${worker}"} 10.00201`)))
  }
})
