// The cloud's rates: throttled requests say when to come again; dry runs are not counted.
import t from 'tap'
import { accountId } from '../../support/services.ts'
import { createClient } from './client.ts'

t.test('the documented rates are what is asked of the limiter', async (t) => {
  const client = await createClient({}, 'simulation')
  const asked: (readonly [string, number])[] = []
  Object.assign(client.limiter, {
    take: async (subject: string, rate: number) => {
      asked.push([subject, rate])
      return 0
    },
  })
  const KeyId = await client.makeKey()
  await client.call('GenerateDataKey', { KeyId })
  await client.call('GenerateDataKeyWithoutPlaintext', { KeyId })
  t.same(asked, [
    [`alibaba/${accountId}/GenerateDataKey`, 750],
    [`alibaba/${accountId}/GenerateDataKeyWithoutPlaintext`, 750],
  ])
})

t.test('over the rate: Rejected.Throttling with x-acs-retry-after', async (t) => {
  const client = await createClient({}, 'simulation', { GenerateDataKey: 5 })
  const KeyId = await client.makeKey()
  const replies = await Promise.all(
    Array.from({ length: 15 }, () => client.call('GenerateDataKey', { KeyId })),
  )
  const refused = replies.filter(({ status }) => status !== 200)
  t.equal(refused.length, 10)
  for (const { status, headers, body } of refused) {
    t.match({ status, Code: body.Code }, { status: 429, Code: 'Rejected.Throttling' })
    const wait = Number(headers['x-acs-retry-after'])
    t.ok(wait >= 1 && wait <= 1000)
  }
  const dry = await client.call('GenerateDataKey', { KeyId, DryRun: 'true' })
  t.equal(dry.body.Code, 'DryRunOperationError', 'a dry run is not counted')
  t.equal(
    (await client.call('GenerateDataKeyWithoutPlaintext', { KeyId })).status,
    200,
    'each action for itself',
  )
})

t.test('actions without a published rate, and the on-prem profile, are not limited', async (t) => {
  const simulated = await createClient({}, 'simulation')
  Object.assign(simulated.limiter, { take: async () => 1000 })
  t.equal((await simulated.call('ListKeys')).status, 200)
  const client = await createClient({}, 'on-prem', { ListKeys: 2 })
  Object.assign(client.limiter, { take: async () => 1000 })
  t.equal((await client.call('DescribeRegions')).status, 200)
  t.equal((await client.call('ListKeys')).status, 429, 'but by what is configured')
})
