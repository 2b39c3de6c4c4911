// The clouds' rates: counted per account and action, by edition, in the simulation profile or as configured.
import t, { type Test } from 'tap'
import { rateOf } from '../../../src/dialects/tencent/rates.ts'
import { accountId } from '../../support/services.ts'
import { type Client, createClient } from './client.ts'

const input = { NumberOfBytes: 1 }

/** How many of so many requests at once are let in; the others must be throttled. */
async function letIn(t: Test, client: Client, action: string, body: object, count: number) {
  const replies = await Promise.all(Array.from({ length: count }, () => client.call(action, body)))
  for (const reply of replies) {
    if (reply.Error !== undefined) t.equal(reply.Error.Code, 'RequestLimitExceeded')
  }
  return replies.filter((reply) => reply.Error === undefined).length
}

t.test('the documented rates are what is asked of the limiter, by edition', async (t) => {
  for (const [edition, rate] of [
    ['cn', 100],
    ['intl', 150],
  ] as const) {
    const client = await createClient({}, edition, 'simulation')
    const KeyId = await client.makeKey()
    const asked: unknown[] = []
    Object.assign(client.limiter, {
      take: async (...subject: unknown[]) => {
        asked.push(subject)
        return 0
      },
    })
    await client.call('GenerateDataKey', { KeyId, ...input })
    t.same(asked, [[`tencent/${accountId}/GenerateDataKey`, rate]])
  }
})

t.test('on-prem has no limits but those that are set, which prevail in any profile', async (t) => {
  const free = await createClient()
  Object.assign(free.limiter, { take: async () => 1000 })
  t.equal(await free.refusal('GenerateRandom', input), undefined)
  for (const profile of ['on-prem', 'simulation'] as const) {
    const client = await createClient({}, 'auto', profile, { GenerateRandom: 5 })
    t.equal(await letIn(t, client, 'GenerateRandom', input, 20), 5, profile)
    t.equal(await letIn(t, client, 'GetRegions', {}, 5), 5, 'each action for itself')
  }
})

t.test('the message says the rate, in the language asked for', async (t) => {
  const client = await createClient({}, 'auto', 'on-prem', { GenerateRandom: 1 })
  await client.call('GenerateRandom', input)
  const headers = { 'x-tc-language': 'zh-CN' }
  t.match((await client.call('GenerateRandom', input)).Error.Message, '(1 per second)')
  t.match((await client.call('GenerateRandom', input, { headers })).Error.Message, '（1 次/秒）')
})

t.test('rates of other actions are the documented ones', async (t) => {
  t.equal(rateOf('Decrypt', 'cn'), 300)
  t.equal(rateOf('UpdateDataKeyName', 'intl'), 20)
  t.equal(rateOf('DescribeKey', 'cn'), 100)
})
