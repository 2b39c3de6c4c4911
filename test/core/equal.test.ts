// Signatures and tokens are compared in constant time, and nowhere else: what says yes there is let in.
import crypto from 'node:crypto'
import { syncBuiltinESMExports } from 'node:module'
import t from 'tap'
import { digestToken, storeCredential } from '../../src/core/credentials.ts'
import { equalSecrets } from '../../src/core/equal.ts'
import { sign as signAcs3 } from '../../src/dialects/alibaba/signature.ts'
import { createClient as createAlibaba } from '../dialects/alibaba/client.ts'
import { createClient as createTencent, host } from '../dialects/tencent/client.ts'
import { accountId, alibabaKey, tencentKey } from '../support/services.ts'

/** Runs with a comparison that says yes to everything; what it was asked. */
async function agreeing(run: () => Promise<void>): Promise<number> {
  const { timingSafeEqual } = crypto
  let asked = 0
  const agree = (...[a, b]: Parameters<typeof timingSafeEqual>) => {
    if (!timingSafeEqual(a, b)) asked++
    return true
  }
  Object.assign(crypto, { timingSafeEqual: agree })
  syncBuiltinESMExports()
  try {
    await run()
  } finally {
    Object.assign(crypto, { timingSafeEqual })
    syncBuiltinESMExports()
  }
  return asked
}

t.test('texts are equal when every character is', async (t) => {
  t.ok(equalSecrets('secret', 'secret'))
  t.ok(equalSecrets('', ''))
  for (const other of ['secres', 'Secret', 'secret ', 'secre', '']) t.notOk(equalSecrets(other, 'secret'))
})

t.test('Tencent: TC3, v1 and tokens', async (t) => {
  const client = await createTencent()
  const temporary = { tokenDigest: digestToken('token'), expiresAt: client.clock() + 1000 }
  const key = { ...tencentKey, accessKeyId: `${tencentKey.accessKeyId}TEMP` }
  await storeCredential(client.services, { ...key, accountId, temporary })
  const requests = {
    'AuthFailure.SignatureFailure': [
      client.tc3('GetRegions', { secret: 'another' }),
      {
        method: 'GET',
        headers: { host },
        rawQuery: client.v1({ Action: 'GetRegions' }, 'GET', 'another.host'),
      },
    ],
    'AuthFailure.TokenFailure': [
      client.tc3('GetRegions', { secretId: key.accessKeyId, headers: { 'x-tc-token': 'wrong' } }),
    ],
  }
  for (const [code, wrong] of Object.entries(requests))
    for (const request of wrong) {
      t.match(await client.send(request), { Error: { Code: code } })
      const asked = await agreeing(async () => {
        t.match(await client.send(request), { Regions: Array }, 'nothing else looks at it')
      })
      t.equal(asked, 1)
    }
})

t.test('Alibaba: RPC, ACS3 and tokens', async (t) => {
  const client = await createAlibaba()
  const temporary = { tokenDigest: digestToken('token'), expiresAt: client.clock() + 1000 }
  const key = { ...alibabaKey, accessKeyId: `STS.${alibabaKey.accessKeyId}` }
  await storeCredential(client.services, { ...key, accountId, temporary })
  const fields = { Action: 'DescribeRegions' }
  const call = { action: 'DescribeRegions', input: {}, host: 'kms.aliyuncs.com', region: 'cn-hangzhou' }
  const signed = signAcs3({ ...call, credential: { ...alibabaKey, secret: 'another' }, now: client.clock() })
  const requests = {
    SignatureDoesNotMatch: [
      { rawQuery: client.query(fields, 'GET', 'another') },
      { method: signed.method, headers: signed.headers },
    ],
    'InvalidSecurityToken.MismatchWithAccessKey': [
      { rawQuery: client.query({ ...fields, AccessKeyId: key.accessKeyId, SecurityToken: 'wrong' }) },
    ],
  }
  for (const [code, wrong] of Object.entries(requests))
    for (const request of wrong) {
      t.match((await client.send(request)).body, { Code: code })
      const asked = await agreeing(async () => {
        t.match((await client.send(request)).body, { Regions: Object }, 'nothing else looks at it')
      })
      t.equal(asked, 1)
    }
})
