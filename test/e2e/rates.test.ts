// Twice the documented rate for three seconds, as the simulation profile of a new home has it: about the documented
// number succeeds, the rest is throttled. The figures are printed; what is held to is that each kind of answer is right.
import t from 'tap'
import { alibabaRequest, send, tencentRequest } from '../support/raw.ts'
import { startHome } from '../support/server.ts'

const seconds = 3

const dialects = [
  { name: 'tencent', rate: 100, request: tencentRequest, throttled: /"Code":"RequestLimitExceeded"/ },
  { name: 'alibaba', rate: 750, request: alibabaRequest, throttled: /"Code":"Rejected\.Throttling"/ },
] as const

for (const { name, rate, request, throttled } of dialects) {
  t.test(`${name}: GenerateDataKey at ${2 * rate} a second`, async (t) => {
    const home = await startHome(t, { P11KMS_PROFILE: 'simulation' })
    const credentials = home.credentials()
    const input = { KeyId: credentials.keyId, KeySpec: 'AES_256' }
    const replies: Promise<{ body: string }>[] = []
    const started = performance.now()
    const total = 2 * rate * seconds
    while (replies.length < total) {
      const due = Math.min(total, Math.ceil(((performance.now() - started) / 1000) * 2 * rate))
      while (replies.length < due) {
        const { method, path, headers, body } = request(credentials, 'GenerateDataKey', input)
        replies.push(send(home.server.host, { method, path, headers, body }))
      }
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
    const bodies = (await Promise.all(replies)).map(({ body }) => body)
    const took = (performance.now() - started) / 1000
    const made = bodies.filter((body) => body.includes('"Plaintext"')).length
    const refused = bodies.filter((body) => throttled.test(body)).length
    t.comment(
      `${total} asked in ${took.toFixed(1)} s: ${made} made (documented: ${rate * seconds}), ${refused} throttled`,
    )
    t.equal(made + refused, total, 'no third kind of answer')
    t.ok(made >= rate && made <= rate * (Math.ceil(took) + 1), `${made} made in ${took.toFixed(1)} s`)
    t.ok(refused > 0)
  })
}
