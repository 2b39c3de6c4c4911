// What accounts on one server do not share: names, quotas, rates, being disabled.
import t from 'tap'
import { setStatus } from '../../src/core/policies.ts'
import type { RateLimiter } from '../../src/core/ports.ts'
import { createClient as createAlibaba } from '../dialects/alibaba/client.ts'
import { createClient as createTencent } from '../dialects/tencent/client.ts'
import { otherAccountId } from '../support/services.ts'
import { addSigner, addUser } from '../support/users.ts'

t.test('names: each account has its own', async (t) => {
  const tencent = await createTencent()
  const alibaba = await createAlibaba({ store: tencent.services.store, hsm: tencent.services.hsm })
  const stranger = await addSigner(tencent.services, { accountId: otherAccountId })
  const keyIds: string[] = []
  for (const signer of [undefined, stranger]) {
    const { KeyId } = await tencent.call('CreateKey', { Alias: 'x' }, signer)
    const host = { KeyId, KeySpec: 'AES_256', IsHostedByKms: 1, DataKeyName: 'x' }
    const { DataKeyId } = await tencent.call('GenerateDataKey', host, signer)
    t.ok(DataKeyId)
    const { body } = await alibaba.call('DescribeKey', { KeyId: 'alias/x' }, signer)
    t.equal(body.KeyMetadata.KeyId, KeyId, 'an alias means the caller’s own key')
    t.equal((await alibaba.call('CreateAlias', { KeyId, AliasName: 'alias/y' }, signer)).status, 200)
    const taken = await alibaba.call('CreateAlias', { KeyId, AliasName: 'alias/x' }, signer)
    t.equal(taken.body.Code, 'AliasAlreadyExists')
    keyIds.push(KeyId)
  }
  t.equal((await alibaba.call('DeleteAlias', { AliasName: 'alias/y' }, stranger)).status, 200)
  const { body } = await alibaba.call('DescribeKey', { KeyId: 'alias/y' })
  t.equal(body.KeyMetadata.KeyId, keyIds[0], 'what one account deletes the other keeps')
  t.equal((await alibaba.call('DescribeKey', { KeyId: 'alias/y' }, stranger)).status, 404)
})

t.test('quotas: one account that is full leaves the other its room', async (t) => {
  const { call, services } = await createTencent({ quotas: { cmk: 2, dataKey: 1 } })
  const stranger = await addSigner(services, { accountId: otherAccountId })
  const fill = async (signer?: typeof stranger) => {
    const codes: unknown[] = []
    for (const Alias of ['a', 'b', 'c'])
      codes.push((await call('CreateKey', { Alias }, signer)).Error?.Code ?? 'OK')
    const { Keys } = await call('ListKeys', {}, signer)
    for (const DataKeyName of ['a', 'b']) {
      const host = { KeyId: Keys[0].KeyId, KeySpec: 'AES_128', IsHostedByKms: 1, DataKeyName }
      codes.push((await call('GenerateDataKey', host, signer)).Error?.Code ?? 'OK')
    }
    return codes
  }
  const full = ['OK', 'OK', 'LimitExceeded.CmkLimitExceeded', 'OK', 'LimitExceeded.DataKeyLimitExceeded']
  t.same(await fill(), full)
  const before = await call('GetServiceStatus', {}, stranger)
  t.match(before, { CmkUserCount: 0, DataKeyUsedCount: 0 })
  t.same(await fill(stranger), full)
  t.match(await call('GetServiceStatus'), { CmkUserCount: 2, DataKeyUsedCount: 1 })
})

t.test(
  'rates: an account’s requests are counted together with its users’, and with nobody else’s',
  async (t) => {
    const tencent = await createTencent({}, 'auto', 'on-prem', { GetRegions: 2 })
    const user = await addUser(tencent.services)
    const stranger = await addSigner(tencent.services, { accountId: otherAccountId })
    const code = async (signer?: typeof stranger) =>
      (await tencent.call('GetRegions', {}, signer)).Error?.Code ?? 'OK'
    t.same([await code(), await code(user)], ['OK', 'OK'])
    t.same([await code(), await code(user)], ['RequestLimitExceeded', 'RequestLimitExceeded'])
    t.same([await code(stranger), await code(stranger)], ['OK', 'OK'])

    const alibaba = await createAlibaba({}, 'on-prem', { DescribeRegions: 1 })
    stopTheClock(alibaba)
    const other = await addSigner(alibaba.services, { accountId: otherAccountId })
    const status = async (signer?: typeof stranger) =>
      (await alibaba.call('DescribeRegions', {}, signer)).status
    t.same([await status(), await status(), await status(other)], [200, 429, 200])
  },
)

t.test('disabling an account or a user refuses its access keys, and nobody else’s', async (t) => {
  const { call, services } = await createTencent()
  const user = await addUser(services, 'one')
  const stranger = await addSigner(services, { accountId: otherAccountId })
  const [temporary, abroad] = [
    await addSigner(services, user, 60_000),
    await addUser(services, 'one', otherAccountId),
  ]
  const refused = async () => {
    const signers = { user, temporary, root: undefined, stranger, abroad }
    const codes = await Promise.all(
      Object.entries(signers).map(async ([who, signer]) => {
        const { token, ...key } = signer ?? {}
        const headers = { 'x-tc-token': token }
        const code = (await call('GetRegions', {}, { ...key, headers })).Error?.Code
        if (code !== undefined) t.equal(code, 'AuthFailure.SecretIdNotFound')
        return code === undefined ? [] : [who]
      }),
    )
    return codes.flat()
  }
  t.same(await refused(), [])
  await setStatus(services, { userId: user.userId }, 'Disabled')
  t.same(await refused(), ['user', 'temporary'])
  await setStatus(services, { userId: user.userId }, 'Active')
  await setStatus(services, { accountId: otherAccountId }, 'Disabled')
  t.same(await refused(), ['stranger', 'abroad'])
  await setStatus(services, { accountId: otherAccountId }, 'Active')
  t.same(await refused(), [])
})

/** Makes the limiter count as if all requests came in one second, however long they take. */
function stopTheClock({ limiter }: { limiter: RateLimiter }): void {
  const counts = new Map<string, number>()
  const take: RateLimiter['take'] = async (subject, rate) => {
    const count = (counts.get(subject) ?? 0) + 1
    counts.set(subject, count)
    return count > rate ? 1000 : 0
  }
  Object.assign(limiter, { take })
}
