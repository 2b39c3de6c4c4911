// The brake on failed signatures: in a row, per address, for a while; and what both dialects answer meanwhile.
import t from 'tap'
import { createBrake, networkOf } from '../../src/limits/brake.ts'
import { createClient as createAlibaba } from '../dialects/alibaba/client.ts'
import { createClient as createTencent } from '../dialects/tencent/client.ts'

const wait = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds))
const address = '192.0.2.1'

function makeBrake(options: { window?: number; pause?: number } = {}) {
  const paused: string[] = []
  const onPause = (address: string) => void paused.push(address)
  return { paused, brake: createBrake({ failures: 3, window: 60, pause: 60, onPause, ...options }) }
}

t.test('failures in a row hold an address; others are heard', async (t) => {
  const { brake, paused } = makeBrake()
  for (let count = 0; count < 2; count++) await brake.failed(address)
  t.equal(await brake.held(address), undefined)
  await brake.failed(address)
  t.match(await brake.held(address), { first: true, retryAfter: Number })
  t.match(await brake.held(address), { first: false })
  t.equal(await brake.held('192.0.2.2'), undefined)
  t.same(paused, [address])
})

t.test('failures that were under way when the pause began change nothing', async (t) => {
  const { brake, paused } = makeBrake()
  await Promise.all(Array.from({ length: 50 }, () => brake.failed(address)))
  t.match(await brake.held(address), { first: true })
  t.match(await brake.held(address), { first: false })
  t.same(paused, [address])
})

t.test('a success begins the count anew', async (t) => {
  const { brake } = makeBrake()
  for (let count = 0; count < 20; count++) {
    await brake.failed(address)
    await brake.failed(address)
    await brake.succeeded(address)
  }
  t.equal(await brake.held(address), undefined)
})

t.test('the window and the pause end; the next pause is said again', async (t) => {
  const { brake, paused } = makeBrake({ window: 1, pause: 1 })
  for (let count = 0; count < 2; count++) await brake.failed(address)
  await wait(1100)
  await brake.failed(address)
  t.equal(await brake.held(address), undefined, 'the first two are forgotten')
  for (let count = 0; count < 2; count++) await brake.failed(address)
  t.match(await brake.held(address), { first: true })
  await wait(1100)
  t.equal(await brake.held(address), undefined)
  for (let count = 0; count < 3; count++) await brake.failed(address)
  t.match(await brake.held(address), { first: true })
  t.equal(paused.length, 2)
})

t.test('what one address is', async (t) => {
  t.equal(networkOf('192.0.2.1'), '192.0.2.1')
  t.equal(networkOf('::ffff:192.0.2.1'), '192.0.2.1')
  t.equal(networkOf('2001:db8:1:2:3:4:5:6'), '2001:db8:1:2')
  t.equal(networkOf('2001:db8:1:2::9'), '2001:db8:1:2')
  t.equal(networkOf('2001:db8::9'), '2001:db8:0:0')
  t.equal(networkOf('::1'), '0:0:0:0')
  t.equal(networkOf('fe80::1%eth0'), 'fe80:0:0:0')
  t.equal(networkOf(''), '')
})

t.test('Tencent: wrong signatures and unknown keys, then RequestLimitExceeded, recorded once', async (t) => {
  const { brake } = makeBrake()
  const client = await createTencent({ brake })
  const good = client.tc3('GetRegions')
  t.match(await client.send(client.tc3('GetRegions', { secret: 'x' })), {
    Error: { Code: 'AuthFailure.SignatureFailure' },
  })
  t.match(await client.send(client.tc3('GetRegions', { ahead: 1000 })), {
    Error: { Code: 'AuthFailure.SignatureExpire' },
  })
  for (let count = 0; count < 2; count++)
    t.match(await client.send(client.tc3('GetRegions', { secretId: 'AKIDx' })), {
      Error: { Code: 'AuthFailure.SecretIdNotFound' },
    })
  for (let count = 0; count < 5; count++)
    t.match(await client.send(good), { Error: { Code: 'RequestLimitExceeded' } })
  t.equal(client.audit.records.length, 5)
  t.match(client.audit.records.at(-1), { outcome: 'RequestLimitExceeded', action: '', accessKeyId: '' })
  t.match(await client.send({ ...good, sourceAddress: '192.0.2.9' }), { Regions: Array })
})

t.test('Alibaba: wrong signatures and unknown keys, then Rejected.Throttling, recorded once', async (t) => {
  const { brake } = makeBrake()
  const client = await createAlibaba({ brake })
  const fields = { Action: 'DescribeRegions' }
  const ask = (changed: object = {}, secret?: string) =>
    client.send({ rawQuery: client.query({ ...fields, ...changed }, 'GET', secret) })
  t.match((await ask({}, 'x')).body, { Code: 'SignatureDoesNotMatch' })
  t.match((await ask({ Timestamp: '2020-01-01T00:00:00Z' })).body, { Code: 'InvalidTimeStamp.Expired' })
  for (let count = 0; count < 2; count++)
    t.match((await ask({ AccessKeyId: 'LTAIx' })).body, { Code: 'InvalidAccessKeyId.NotFound' })
  for (let count = 0; count < 5; count++) {
    const { status, headers, body } = await ask()
    t.match({ status, body }, { status: 429, body: { Code: 'Rejected.Throttling' } })
    const retryAfter = Number(headers['x-acs-retry-after'])
    t.ok(retryAfter > 0 && retryAfter <= 60_000)
  }
  t.match((await ask({ Format: 'XML' })).body, /<Code>Rejected\.Throttling<\/Code>/)
  t.equal(client.audit.records.length, 5)
  t.match(client.audit.records.at(-1), { outcome: 'Rejected.Throttling', action: '', accessKeyId: '' })
})
