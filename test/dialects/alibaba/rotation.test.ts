// Rotation through the Alibaba dialect: versions, policy, automatic rotation, and what is refused.
import t from 'tap'
import { rotateDueKeys } from '../../../src/core/maintenance.ts'
import { createClient } from './client.ts'

const day = 86_400_000

t.test(
  'CreateKeyVersion: a new primary version; old blobs still open and ReEncrypt moves them',
  async (t) => {
    const { call, makeKey, clock } = await createClient({}, 'simulation')
    const KeyId = await makeKey()
    const before = (await call('GenerateDataKey', { KeyId })).body
    clock.advance(7 * day)
    const { KeyVersion } = (await call('CreateKeyVersion', { KeyId })).body
    const date = `${new Date(clock()).toISOString().slice(0, 19)}Z`
    t.match(KeyVersion, { KeyId, CreationDate: date })
    t.not(KeyVersion.KeyVersionId, before.KeyVersionId)
    const { KeyMetadata } = (await call('DescribeKey', { KeyId })).body
    t.match(KeyMetadata, { PrimaryKeyVersion: KeyVersion.KeyVersionId, LastRotationDate: date })
    for (const action of ['GenerateDataKey', 'GenerateDataKeyWithoutPlaintext'])
      t.match((await call(action, { KeyId })).body, { KeyVersionId: KeyVersion.KeyVersionId })
    t.match((await call('Encrypt', { KeyId, Plaintext: 'x' })).body, {
      KeyVersionId: KeyVersion.KeyVersionId,
    })
    t.match((await call('Decrypt', { CiphertextBlob: before.CiphertextBlob })).body, {
      KeyId,
      KeyVersionId: before.KeyVersionId,
      Plaintext: before.Plaintext,
    })
    const moved = (
      await call('ReEncrypt', { CiphertextBlob: before.CiphertextBlob, DestinationKeyId: KeyId })
    ).body
    t.equal(moved.KeyVersionId, KeyVersion.KeyVersionId)
    t.match((await call('Decrypt', { CiphertextBlob: moved.CiphertextBlob })).body, {
      KeyVersionId: KeyVersion.KeyVersionId,
      Plaintext: before.Plaintext,
    })
    const versions = (await call('ListKeyVersions', { KeyId })).body
    t.match(versions, {
      TotalCount: 2,
      KeyVersions: { KeyVersion: [KeyVersion, { KeyVersionId: before.KeyVersionId }] },
    })
    t.match((await call('DescribeKeyVersion', KeyVersion)).body, { KeyVersion })
  },
)

t.test('CreateKeyVersion: what is refused', async (t) => {
  const { call, makeKey, clock } = await createClient({}, 'simulation')
  const KeyId = await makeKey()
  const unsupported = { status: 400, body: { Code: 'Rejected.UnsupportedOperation' } }
  t.match(await call('CreateKeyVersion', { KeyId }), unsupported, 'within 7 days of its creation')
  for (let version = 2; version <= 50; version++) {
    clock.advance(7 * day)
    t.equal((await call('CreateKeyVersion', { KeyId })).status, 200)
  }
  t.match(await call('CreateKeyVersion', { KeyId }), unsupported, 'within 7 days of the last one')
  clock.advance(7 * day)
  t.match(await call('CreateKeyVersion', { KeyId }), unsupported, 'a 51st')
  await call('DisableKey', { KeyId })
  t.match(await call('CreateKeyVersion', { KeyId }), { status: 409, body: { Code: 'Rejected.Disabled' } })
  t.match(await call('CreateKeyVersion', { KeyId: 'none' }), { status: 404 })
})

t.test('UpdateRotationPolicy, and a key created with one', async (t) => {
  const { call, makeKey, clock, services } = await createClient()
  const seconds = (milliseconds: number) => `${new Date(milliseconds).toISOString().slice(0, 19)}Z`
  const KeyId = await makeKey({ EnableAutomaticRotation: 'true', RotationInterval: '604800s' })
  const known = async () => (await call('DescribeKey', { KeyId })).body.KeyMetadata
  t.match(await known(), {
    AutomaticRotation: 'Enabled',
    RotationInterval: '604800s',
    NextRotationDate: seconds(clock() + 7 * day),
  })
  const policy = (input: object) => call('UpdateRotationPolicy', { KeyId, ...input })
  await policy({ EnableAutomaticRotation: 'true', RotationInterval: '730d' })
  t.match(await known(), { AutomaticRotation: 'Enabled', RotationInterval: '63072000s' })
  for (const interval of ['168h', '10080m', '7d']) {
    await policy({ EnableAutomaticRotation: 'true', RotationInterval: interval })
    t.match(await known(), { RotationInterval: '604800s' }, interval)
  }
  await call('DisableKey', { KeyId })
  t.match(await known(), { AutomaticRotation: 'Suspended', RotationInterval: '604800s' })
  clock.advance(8 * day)
  t.same((await rotateDueKeys(services)).rotated, [], 'suspended')
  await call('EnableKey', { KeyId })
  t.same((await rotateDueKeys(services)).rotated, [KeyId], 'resumed')
  t.match(await known(), { LastRotationDate: seconds(clock()), NextRotationDate: seconds(clock() + 7 * day) })
  const { status } = await policy({ EnableAutomaticRotation: 'false', RotationInterval: 'not looked at' })
  t.equal(status, 200)
  const off = await known()
  t.equal(off.AutomaticRotation, 'Disabled')
  t.notOk('RotationInterval' in off)
  t.notOk('NextRotationDate' in off)
})

t.test('UpdateRotationPolicy: what is refused', async (t) => {
  const { call, makeKey } = await createClient()
  const KeyId = await makeKey()
  const on = { KeyId, EnableAutomaticRotation: 'true' }
  const cases: [string, number, object][] = [
    ['MissingParameter', 400, on],
    ['MissingParameter', 400, { KeyId, RotationInterval: '7d' }],
    ['InvalidParameter', 400, { ...on, RotationInterval: '6d' }],
    ['InvalidParameter', 400, { ...on, RotationInterval: '731d' }],
    ['InvalidParameter', 400, { ...on, RotationInterval: '7' }],
    ['Unsupported.Alias', 400, { ...on, KeyId: 'alias/a', RotationInterval: '7d' }],
    ['Forbidden.KeyNotFound', 404, { ...on, KeyId: 'none', RotationInterval: '7d' }],
  ]
  for (const [Code, status, input] of cases)
    t.match(
      await call('UpdateRotationPolicy', { ...input }),
      { status, body: { Code } },
      JSON.stringify(input),
    )
  await call('DisableKey', { KeyId })
  const disabled = { status: 409, body: { Code: 'Rejected.Disabled' } }
  t.match(await call('UpdateRotationPolicy', { ...on, RotationInterval: '7d' }), disabled)
  await call('ScheduleKeyDeletion', { KeyId, PendingWindowInDays: '7' })
  const pending = { status: 409, body: { Code: 'Rejected.PendingDeletion' } }
  t.match(await call('UpdateRotationPolicy', { ...on, RotationInterval: '7d' }), pending)
})
