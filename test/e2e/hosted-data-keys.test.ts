// Hosted data keys by the clouds' SDKs on a real server: every action, many clients at once, restart and kill -9.
import t from 'tap'
import { type Call, tencentIntlSdk, tencentSdk } from '../support/sdks.ts'
import { makeHome, startHome } from '../support/server.ts'
import { eventually } from '../support/until.ts'

const nameTaken = 'InvalidParameterValue.DataKeyNameAlreadyExists'

function host(call: Call, KeyId: string, DataKeyName: string, input: Record<string, unknown> = {}) {
  return call('GenerateDataKey', { KeyId, NumberOfBytes: 32, IsHostedByKms: 1, DataKeyName, ...input })
}

t.test('every action through the SDKs', async (t) => {
  const home = await startHome(t)
  const credentials = home.credentials()
  for (const [name, call] of Object.entries({
    cn: tencentSdk(credentials),
    'cn-v1-get': tencentSdk(credentials, { signMethod: 'HmacSHA256', reqMethod: 'GET' }),
  })) {
    const KeyId = credentials.keyId
    const made = await host(call, KeyId, `${name}-a`, { Tags: [{ TagKey: 'env', TagValue: 'dev' }] })
    const { DataKeyId, Plaintext, CiphertextBlob } = made
    t.match(made, { TagCode: 0, TagMsg: 'ok' })
    const imported = await call('ImportDataKey', {
      DataKeyName: `${name}-b`,
      ImportKeyMaterial: CiphertextBlob,
      ImportType: 1,
    })
    const ids = [DataKeyId, imported.DataKeyId]
    await call('UpdateDataKeyName', { DataKeyId, DataKeyName: `${name}-c` })
    await call('UpdateDataKeyDescription', { DataKeyId, Description: '描述' })
    await call('DisableDataKey', { DataKeyId })
    await t.rejects(call('GetDataKeyPlaintext', { DataKeyId }), {
      code: 'ResourceUnavailable.DataKeyDisabled',
    })
    await call('EnableDataKey', { DataKeyId })
    await call('DisableDataKeys', { DataKeyIds: ids })
    await call('EnableDataKeys', { DataKeyIds: ids })
    t.match(await call('GetDataKeyPlaintext', { DataKeyId }), { Plaintext })
    t.match(await call('GetDataKeyPlaintext', { DataKeyId: imported.DataKeyId }), { Plaintext })
    t.match(await call('GetDataKeyCiphertextBlob', { DataKeyId }), { CiphertextBlob })
    await call('ScheduleDataKeyDeletion', { DataKeyId, PendingWindowInDays: 7 })
    t.match(await call('CancelDataKeyDeletion', { DataKeyId }), { DataKeyId })
    const known = { DataKeyId, DataKeyName: `${name}-c`, Description: '描述', KeyState: 'Disabled' }
    t.match(await call('DescribeDataKey', { DataKeyId }), { DataKeyMetadata: known })
    t.match(await call('DescribeDataKeys', { DataKeyIds: ids }), {
      DataKeyMetadatas: [known, { Origin: 'EXTERNAL' }],
    })
    t.match(await call('ListDataKeyDetail', { SearchKeyAlias: `${name}-c` }), {
      DataKeyMetadatas: [known],
      TotalCount: 1,
    })
    const { DataKeys = [] } = await call('ListDataKeys', { Limit: 200 })
    const listed = (DataKeys as { DataKeyId: string }[]).map((row) => row.DataKeyId)
    t.ok(ids.every((id) => listed.includes(String(id))))
  }
  const intl = await host(tencentIntlSdk(credentials), credentials.keyId, 'intl')
  t.match(intl, { KeyId: credentials.keyId, CiphertextBlob: /^\S{88}-k-\S{24}-k-/ })
})

t.test('of many clients that want the same name, one gets it', async (t) => {
  const home = await startHome(t)
  const credentials = home.credentials()
  const calls = Array.from({ length: 8 }, () => tencentSdk(credentials))
  for (let round = 0; round < 5; round++) {
    const outcomes = await Promise.allSettled(
      calls.flatMap((call) => [0, 1, 2, 3].map(() => host(call, credentials.keyId, `name-${round}`))),
    )
    t.equal(outcomes.filter(({ status }) => status === 'fulfilled').length, 1)
    for (const outcome of outcomes) {
      if (outcome.status === 'rejected') t.equal(outcome.reason.code, nameTaken)
    }
  }
  t.equal((await tencentSdk(credentials)('ListDataKeys', {})).TotalCount, 5)
})

t.test('restart and kill -9: what was acknowledged is there, under a name nobody else gets', async (t) => {
  const home = makeHome(t)
  const acknowledged = new Map<string, { id: unknown; plaintext: unknown }>()
  for (const signal of ['SIGTERM', 'SIGKILL', 'SIGKILL'] as const) {
    const server = await home.serve()
    const credentials = home.credentials()
    const call = tencentSdk(credentials)
    const client = async (name: string) => {
      for (let count = 0; ; count++) {
        const made = await host(call, credentials.keyId, `${name}-${count}`)
        acknowledged.set(`${name}-${count}`, { id: made.DataKeyId, plaintext: made.Plaintext })
      }
    }
    const round = acknowledged.size
    const clients = Array.from({ length: 8 }, (_, index) => client(`r${round}-c${index}`).catch(() => {}))
    await eventually(async () => acknowledged.size > round, `a data key before ${signal}`)
    await new Promise((resolve) => setTimeout(resolve, 400))
    await server.stop(signal)
    await Promise.all(clients)
  }
  await home.serve()
  const credentials = home.credentials()
  const call = tencentSdk(credentials)
  for (const [name, { id, plaintext }] of acknowledged) {
    const opened = await call('GetDataKeyPlaintext', { DataKeyId: id })
    if (opened.Plaintext !== plaintext) t.fail(`${name} changed`)
  }
  t.pass(`${acknowledged.size} data keys open to the same bytes`)
  const [name = ''] = acknowledged.keys()
  await t.rejects(host(call, credentials.keyId, name), { code: nameTaken })
  const { TotalCount } = await call('ListDataKeys', {})
  t.ok(Number(TotalCount) >= acknowledged.size)
})
