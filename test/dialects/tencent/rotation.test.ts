// Rotation through the Tencent dialect: schedule, by hand, and what the cloud refuses.
import t from 'tap'
import { rotateDueKeys } from '../../../src/core/maintenance.ts'
import { createClient } from './client.ts'

const day = 86_400_000
const notSupported = 'ResourceUnavailable.CmkStateNotSupport'

t.test('EnableKeyRotation and DisableKeyRotation show in what is known of the key', async (t) => {
  const { call, makeKey, clock } = await createClient()
  const KeyId = await makeKey()
  const known = async () => (await call('DescribeKey', { KeyId })).KeyMetadata
  const off = { KeyRotationEnabled: false, RotateDays: 0, LastRotateTime: 0 }
  t.match(await known(), off)
  t.match(await call('GetKeyRotationStatus', { KeyId }), { KeyRotationEnabled: false })
  const now = Math.floor(clock() / 1000)
  for (const [input, days] of [
    [{}, 365],
    [{ RotateDays: 7 }, 7],
  ] as const) {
    await call('EnableKeyRotation', { KeyId, ...input })
    t.match(await known(), {
      KeyRotationEnabled: true,
      RotateDays: days,
      NextRotateTime: now + days * 86_400,
      LastRotateTime: 0,
    })
  }
  clock.advance(day)
  await call('EnableKeyRotation', { KeyId, RotateDays: 7 })
  t.equal((await known()).NextRotateTime, now + 7 * 86_400, 'asking for what is there moves nothing')
  t.match(await call('GetKeyRotationStatus', { KeyId }), { KeyRotationEnabled: true })
  await call('DisableKeyRotation', { KeyId })
  t.match(await known(), off)
})

t.test('states: Terraform enables rotation of a disabled key, and disables it in any state', async (t) => {
  const { call, refusal, makeKey } = await createClient()
  const KeyId = await makeKey()
  await call('DisableKey', { KeyId })
  t.notOk(await refusal('EnableKeyRotation', { KeyId }))
  t.notOk(await refusal('DisableKeyRotation', { KeyId }))
  await call('ArchiveKey', { KeyId })
  t.equal(await refusal('EnableKeyRotation', { KeyId }), notSupported)
  t.notOk(await refusal('DisableKeyRotation', { KeyId }))
  await call('ScheduleKeyDeletion', { KeyId, PendingWindowInDays: 7 })
  t.equal(await refusal('EnableKeyRotation', { KeyId }), notSupported)
  t.notOk(await refusal('DisableKeyRotation', { KeyId }))
  for (const RotateDays of [6, 366])
    t.equal(await refusal('EnableKeyRotation', { KeyId, RotateDays }), 'InvalidParameterValue')
})

t.test('a rotated key seals under its new version and opens what older ones sealed', async (t) => {
  const { call, makeKey } = await createClient()
  const KeyId = await makeKey()
  await call('EnableKeyRotation', { KeyId })
  const context = { EncryptionContext: '{"a":"b"}' }
  const before = await call('GenerateDataKey', { KeyId, KeySpec: 'AES_256', ...context })
  const hosted = await call('GenerateDataKey', {
    KeyId,
    KeySpec: 'AES_256',
    IsHostedByKms: 1,
    DataKeyName: 'a',
  })
  t.match(await call('RotateKey', { KeyId }), { TaskId: /^[0-9a-f-]{36}$/ })
  const after = await call('GenerateDataKey', { KeyId, KeySpec: 'AES_256', ...context })
  const part = (blob: string) => blob.split('-k-')[0]
  t.not(part(before.CiphertextBlob), part(after.CiphertextBlob), 'the first part is the version’s')
  for (const { CiphertextBlob, Plaintext } of [before, after])
    t.match(await call('Decrypt', { CiphertextBlob, ...context }), { Plaintext, KeyId })
  t.match(await call('GetDataKeyPlaintext', { DataKeyId: hosted.DataKeyId }), { Plaintext: hosted.Plaintext })
  const contexts = {
    SourceEncryptionContext: context.EncryptionContext,
    DestinationEncryptionContext: context.EncryptionContext,
  }
  const moved = await call('ReEncrypt', { CiphertextBlob: before.CiphertextBlob, ...contexts })
  t.equal(moved.ReEncrypted, true)
  t.equal(part(moved.CiphertextBlob), part(after.CiphertextBlob), 'ReEncrypt moves it to the new version')
  t.match(await call('Decrypt', { CiphertextBlob: moved.CiphertextBlob, ...context }), {
    Plaintext: before.Plaintext,
  })
  const still = await call('ReEncrypt', { CiphertextBlob: after.CiphertextBlob, ...contexts })
  t.match(still, { ReEncrypted: false, CiphertextBlob: after.CiphertextBlob })
})

t.test('RotateKey: what is refused', async (t) => {
  const { call, refusal, makeKey, clock } = await createClient({}, 'auto', 'simulation')
  const KeyId = await makeKey()
  t.equal(await refusal('RotateKey', { KeyId }), 'UnsupportedOperation.RotateNotSupported', 'rotation is off')
  await call('EnableKeyRotation', { KeyId })
  t.notOk(await refusal('RotateKey', { KeyId }))
  t.match((await call('DescribeKey', { KeyId })).KeyMetadata, {
    LastRotateTime: Math.floor(clock() / 1000),
    NextRotateTime: Math.floor(clock() / 1000) + 365 * 86_400,
  })
  t.equal(await refusal('RotateKey', { KeyId }), 'RequestLimitExceeded.RotateRateLimited')
  clock.advance(day)
  t.notOk(await refusal('RotateKey', { KeyId }))
  await call('DisableKey', { KeyId })
  t.equal(await refusal('RotateKey', { KeyId }), notSupported)
  const unknown = '00000000-0000-4000-8000-000000000000'
  t.equal(await refusal('RotateKey', { KeyId: unknown }), 'ResourceUnavailable.CmkNotFound')
  const international = await createClient({}, 'intl')
  t.equal(await international.refusal('RotateKey', { KeyId }), 'InvalidAction')
})

t.test('the limit is the cloud’s: on-prem there is none', async (t) => {
  const { call, refusal, makeKey } = await createClient()
  const KeyId = await makeKey()
  await call('EnableKeyRotation', { KeyId })
  for (const time of [1, 2, 3]) t.notOk(await refusal('RotateKey', { KeyId }), String(time))
})

t.test('of several rotations at once one runs', async (t) => {
  const { call, makeKey, services, caller } = await createClient()
  const KeyId = await makeKey()
  await call('EnableKeyRotation', { KeyId })
  const replies = await Promise.all(Array.from({ length: 8 }, () => call('RotateKey', { KeyId })))
  const refused = replies.filter((reply) => reply.Error !== undefined)
  for (const { Error: error } of refused) t.equal(error.Code, 'FailedOperation.RotateTaskRunning')
  const { total } = await services.store.listVersions(KeyId, { offset: 0, limit: 10 })
  t.equal(total, 1 + 8 - refused.length)
  t.ok(refused.length > 0)
  t.ok(caller.accountId)
})

t.test('automatic rotation: when it is due, while the key is enabled', async (t) => {
  const { call, makeKey, services, clock } = await createClient()
  const KeyId = await makeKey()
  const idle = await makeKey()
  await call('EnableKeyRotation', { KeyId, RotateDays: 7 })
  await call('EnableKeyRotation', { KeyId: idle, RotateDays: 7 })
  await call('DisableKey', { KeyId: idle })
  clock.advance(7 * day - 1)
  t.same(await rotateDueKeys(services), { rotated: [], failed: [] })
  clock.advance(1)
  t.same(await rotateDueKeys(services), { rotated: [KeyId], failed: [] })
  t.same(await rotateDueKeys(services), { rotated: [], failed: [] })
  t.match((await call('DescribeKey', { KeyId })).KeyMetadata, {
    LastRotateTime: Math.floor(clock() / 1000),
    NextRotateTime: Math.floor(clock() / 1000) + 7 * 86_400,
  })
  await call('EnableKey', { KeyId: idle })
  t.same(await rotateDueKeys(services), { rotated: [idle], failed: [] }, 'it waited for the key')
})
