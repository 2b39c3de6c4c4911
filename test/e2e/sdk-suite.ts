// The clouds' own SDKs against a running server: data keys made, opened, and every other action. Each test file that runs
// it brings the tokens.
import t from 'tap'
import { type Call, kms20160120, openapiCore, popCore, tencentIntlSdk, tencentSdk } from '../support/sdks.ts'
import type { TestHome, TestServer } from '../support/server.ts'

/** Declares the whole suite over a home and its server. */
export function runSdkSuite(home: TestHome & { readonly server: TestServer }): void {
  const credentials = home.credentials()
  const { keyId, clusters } = credentials
  const [first = '', second = ''] = clusters

  const tencent: Record<string, Call> = {
    'tencentcloud-sdk-nodejs, TC3 POST': tencentSdk(credentials),
    'tencentcloud-sdk-nodejs, TC3 GET': tencentSdk(credentials, { reqMethod: 'GET' }),
    'tencentcloud-sdk-nodejs, HmacSHA256 POST': tencentSdk(credentials, { signMethod: 'HmacSHA256' }),
    'tencentcloud-sdk-nodejs, HmacSHA1 GET': tencentSdk(credentials, {
      signMethod: 'HmacSHA1',
      reqMethod: 'GET',
    }),
    'tencentcloud-sdk-nodejs-intl-en, its default': tencentIntlSdk(credentials),
    'tencentcloud-sdk-nodejs-intl-en, TC3': tencentIntlSdk(credentials, { signMethod: 'TC3-HMAC-SHA256' }),
    'tencentcloud-sdk-nodejs-intl-en, HmacSHA1 GET': tencentIntlSdk(credentials, {
      signMethod: 'HmacSHA1',
      reqMethod: 'GET',
    }),
  }

  const alibaba: Record<string, Call> = {
    '@alicloud/pop-core, POST': popCore(credentials),
    '@alicloud/pop-core, GET': popCore(credentials, 'GET'),
    '@alicloud/kms20160120': kms20160120(credentials),
    '@alicloud/openapi-core, ACS3-HMAC-SHA256': openapiCore(credentials),
    '@alicloud/openapi-core, ACS3-HMAC-SM3': openapiCore(credentials, 'ACS3-HMAC-SM3'),
    '@alicloud/openapi-core, v2': openapiCore(credentials, 'v2'),
  }

  for (const [name, call] of Object.entries(tencent)) {
    t.test(`${name}: a data key opens to the same bytes`, async (t) => {
      const context = JSON.stringify({ purpose: "it's (all) *~ fine", 中: '文' })
      const made = await call('GenerateDataKey', {
        KeyId: keyId,
        KeySpec: 'AES_256',
        EncryptionContext: context,
      })
      t.equal(made.KeyId, keyId)
      t.equal(Buffer.from(String(made.Plaintext), 'base64').length, 32)
      const [reference, tag] = String(made.CiphertextBlob).split('-k-')
      t.same([reference?.length, tag?.length], [88, 24])
      const opened = await call('Decrypt', {
        CiphertextBlob: made.CiphertextBlob,
        EncryptionContext: context,
      })
      t.equal(opened.Plaintext, made.Plaintext)
      t.equal(opened.KeyId, keyId)
      await t.rejects(call('Decrypt', { CiphertextBlob: made.CiphertextBlob }), {
        code: 'InvalidParameterValue.InvalidCiphertext',
      })
    })
  }

  for (const [name, call] of Object.entries(alibaba)) {
    t.test(`${name}: a data key opens to the same bytes`, async (t) => {
      const EncryptionContext = JSON.stringify({ purpose: "it's (all) *~ fine", 中: '文' })
      const made = await call('GenerateDataKey', {
        KeyId: 'alias/sample',
        KeySpec: 'AES_128',
        EncryptionContext,
      })
      t.equal(made.KeyId, keyId, 'the bare id answers for an alias')
      t.equal(Buffer.from(String(made.Plaintext), 'base64').length, 16)
      const blob = Buffer.from(String(made.CiphertextBlob), 'base64')
      t.equal(blob.subarray(0, 36).toString(), made.KeyVersionId)
      const opened = await call('Decrypt', { CiphertextBlob: made.CiphertextBlob, EncryptionContext })
      t.equal(opened.Plaintext, made.Plaintext)
      t.equal(opened.KeyVersionId, made.KeyVersionId)
      await t.rejects(
        call('Decrypt', { CiphertextBlob: made.CiphertextBlob }),
        /InvalidParameter|CiphertextBlob/,
      )
    })
  }

  t.test('the whole life of a CMK through the Tencent SDK', async (t) => {
    const call = tencent['tencentcloud-sdk-nodejs, TC3 POST'] as Call
    const made = await call('CreateKey', {
      Alias: 'orders',
      Description: 'first',
      HsmClusterId: second,
      Tags: [{ TagKey: 'env', TagValue: 'dev' }],
    })
    t.match(made, {
      Alias: 'orders',
      KeyState: 'Enabled',
      KeyUsage: 'ENCRYPT_DECRYPT',
      HsmClusterId: second,
      TagCode: 0,
    })
    const KeyId = String(made.KeyId)
    const state = async () =>
      ((await call('DescribeKey', { KeyId })).KeyMetadata as { KeyState: string }).KeyState

    t.match(await call('GenerateDataKey', { KeyId, NumberOfBytes: 7, HsmClusterId: second }), { KeyId })
    const wrong = { code: 'InvalidParameterValue.InvalidHsmClusterId' }
    await t.rejects(call('GenerateDataKey', { KeyId, NumberOfBytes: 7, HsmClusterId: first }), wrong)
    await t.rejects(
      call('GenerateDataKey', { KeyId, NumberOfBytes: 7, HsmClusterId: 'cls-hsm-unknown1' }),
      wrong,
    )
    await t.rejects(call('CreateKey', { Alias: 'other', HsmClusterId: 'cls-hsm-unknown1' }), wrong)
    await t.rejects(call('ListKeys', { HsmClusterId: 'cls-hsm-unknown1' }), wrong)
    t.match(await call('ListKeys', { HsmClusterId: second }), { TotalCount: 1, Keys: [{ KeyId }] })
    t.match(await call('ListKeyDetail', { HsmClusterId: first }), {
      TotalCount: 1,
      KeyMetadatas: [{ KeyId: keyId }],
    })

    await t.rejects(call('CreateKey', { Alias: 'orders' }), {
      code: 'InvalidParameterValue.AliasAlreadyExists',
    })
    await call('UpdateAlias', { KeyId, Alias: 'invoices' })
    await call('UpdateKeyDescription', { KeyId, Description: 'second' })
    const described = await call('DescribeKeys', { KeyIds: [KeyId, keyId] })
    t.match(described.KeyMetadatas, [
      { KeyId, Alias: 'invoices', Description: 'second', Type: 2 },
      { KeyId: keyId },
    ])
    t.match(
      await call('ListKeyDetail', {
        SearchKeyAlias: 'invo',
        TagFilters: [{ TagKey: 'env', TagValue: ['dev'] }],
      }),
      {
        TotalCount: 1,
      },
    )

    const sealed = await call('Encrypt', { KeyId, Plaintext: Buffer.from('hello').toString('base64') })
    const moved = await call('ReEncrypt', { CiphertextBlob: sealed.CiphertextBlob, DestinationKeyId: keyId })
    t.match(moved, { KeyId: keyId, SourceKeyId: KeyId, ReEncrypted: true })
    const same = await call('ReEncrypt', { CiphertextBlob: moved.CiphertextBlob })
    t.match(same, { ReEncrypted: false, CiphertextBlob: moved.CiphertextBlob })
    t.equal(
      Buffer.from(
        String((await call('Decrypt', { CiphertextBlob: moved.CiphertextBlob })).Plaintext),
        'base64',
      ).toString(),
      'hello',
    )

    await t.rejects(call('ScheduleKeyDeletion', { KeyId, PendingWindowInDays: 7 }), {
      code: 'ResourceUnavailable.CmkShouldBeDisabled',
    })
    await call('ArchiveKey', { KeyId })
    await call('ArchiveKey', { KeyId })
    t.equal(await state(), 'Archived')
    await t.rejects(call('Encrypt', { KeyId, Plaintext: 'aGk=' }), {
      code: 'ResourceUnavailable.CmkArchived',
    })
    t.ok(
      (await call('Decrypt', { CiphertextBlob: sealed.CiphertextBlob })).Plaintext,
      'an archived key decrypts',
    )
    await call('CancelKeyArchive', { KeyId })
    t.equal(await state(), 'Enabled')
    await call('DisableKey', { KeyId })
    await call('DisableKey', { KeyId })
    await t.rejects(call('GenerateDataKey', { KeyId, KeySpec: 'AES_256' }), {
      code: 'ResourceUnavailable.CmkDisabled',
    })
    const scheduled = await call('ScheduleKeyDeletion', { KeyId, PendingWindowInDays: 7 })
    t.ok(Math.abs(Number(scheduled.DeletionDate) - (Date.now() / 1000 + 7 * 86400)) < 60)
    t.equal(await state(), 'PendingDelete')
    await t.rejects(call('EnableKey', { KeyId }), { code: 'ResourceUnavailable.CmkStateNotSupport' })
    t.match(await call('CancelKeyDeletion', { KeyId }), { KeyId })
    t.equal(await state(), 'Disabled')
    await t.rejects(call('CancelKeyDeletion', { KeyId }), { code: 'ResourceUnavailable.CmkNotPendingDelete' })
    await call('EnableKey', { KeyId })

    t.equal(
      Buffer.from(String((await call('GenerateRandom', { NumberOfBytes: 9 })).Plaintext), 'base64').length,
      9,
    )
    t.match(await call('GetServiceStatus', {}), {
      ServiceEnabled: true,
      ExclusiveHSMList: clusters.map((id) => ({ HsmClusterId: id })),
    })
    t.match(await call('GetRegions', {}), { Regions: ['ap-guangzhou'] })
    t.match(await call('ListAlgorithms', {}), {
      SymmetricAlgorithms: [{ KeyUsage: 'ENCRYPT_DECRYPT', Algorithm: 'AES_256' }],
    })
  })

  t.test('the whole life of a CMK through the Alibaba SDK', async (t) => {
    const call = alibaba['@alicloud/pop-core, POST'] as Call
    const made = (await call('CreateKey', { Description: 'x', DKMSInstanceId: second }))
      .KeyMetadata as Record<string, string>
    const KeyId = String(made.KeyId)
    t.match(made, {
      KeyState: 'Enabled',
      KeySpec: 'Aliyun_AES_256',
      DKMSInstanceId: second,
      Arn: `acs:kms:cn-hangzhou:${credentials.accountId}:key/${KeyId}`,
    })
    await t.rejects(call('CreateKey', { DKMSInstanceId: 'cls-hsm-unknown1' }), {
      code: 'Forbidden.DKMSInstanceNotFound',
    })
    const state = async () =>
      ((await call('DescribeKey', { KeyId: made.Arn })).KeyMetadata as { KeyState: string }).KeyState

    await call('CreateAlias', { AliasName: 'alias/app/one', KeyId })
    t.match((await call('ListAliasesByKeyId', { KeyId })).Aliases, {
      Alias: [{ AliasName: 'alias/app/one', KeyId }],
    })
    await call('UpdateAlias', { AliasName: 'alias/app/one', KeyId: keyId })
    t.match(await call('GenerateDataKey', { KeyId: 'alias/app/one' }), { KeyId: keyId })
    t.match((await call('ListAliases', { PageSize: 100 })).Aliases, {
      Alias: [{ AliasName: 'alias/app/one' }],
    })
    await call('DeleteAlias', { AliasName: 'alias/app/one' })
    await t.rejects(call('DescribeKey', { KeyId: 'alias/app/one' }), { code: 'Forbidden.AliasNotFound' })
    t.same(
      (await call('ListAliasesByKeyId', { KeyId })).Aliases,
      { Alias: [] },
      'an empty list shows both levels',
    )

    const versions = (await call('ListKeyVersions', { KeyId })).KeyVersions as {
      KeyVersion: Record<string, string>[]
    }
    const [version] = versions.KeyVersion
    t.equal(version?.KeyVersionId, made.PrimaryKeyVersion)
    t.match(await call('DescribeKeyVersion', { KeyId, KeyVersionId: made.PrimaryKeyVersion }), {
      KeyVersion: version,
    })
    await t.rejects(call('DescribeKeyVersion', { KeyId, KeyVersionId: keyId }), {
      code: 'Forbidden.KeyVersionNotFound',
    })

    const sealed = await call('Encrypt', { KeyId, Plaintext: 'not base64, and kept as it is' })
    t.equal(
      (await call('Decrypt', { CiphertextBlob: sealed.CiphertextBlob })).Plaintext,
      'not base64, and kept as it is',
    )
    const moved = await call('ReEncrypt', {
      CiphertextBlob: sealed.CiphertextBlob,
      DestinationKeyId: 'alias/sample',
    })
    t.equal(moved.KeyId, keyId)
    t.equal(
      (await call('Decrypt', { CiphertextBlob: moved.CiphertextBlob })).Plaintext,
      'not base64, and kept as it is',
    )
    const without = await call('GenerateDataKeyWithoutPlaintext', {
      KeyId,
      NumberOfBytes: 1024,
      KeySpec: 'SM4_128',
    })
    t.notOk('Plaintext' in without)
    const opened = await call('Decrypt', { CiphertextBlob: without.CiphertextBlob })
    t.equal(Buffer.from(String(opened.Plaintext), 'base64').length, 1024)

    await call('UpdateKeyDescription', { KeyId, Description: 'y' })
    await call('DisableKey', { KeyId })
    await t.rejects(call('Decrypt', { CiphertextBlob: sealed.CiphertextBlob }), { code: 'Rejected.Disabled' })
    await call('EnableKey', { KeyId })
    await call('ScheduleKeyDeletion', { KeyId, PendingWindowInDays: 7 })
    t.equal(await state(), 'PendingDeletion')
    await t.rejects(call('EnableKey', { KeyId }), { code: 'Rejected.StateModifiedFailed' })
    await t.rejects(call('UpdateKeyDescription', { KeyId, Description: 'z' }), {
      code: 'Rejected.PendingDeletion',
    })
    await call('CancelKeyDeletion', { KeyId })
    t.equal(await state(), 'Enabled')
    const filtered = await call('ListKeys', {
      Filters: JSON.stringify([{ Key: 'DKMSInstanceId', Values: [second] }]),
      PageSize: 5,
    })
    t.match(filtered, { TotalCount: filtered.TotalCount, Keys: { Key: [{ KeyId }] } })
    t.match(await call('DescribeRegions', {}), { Regions: { Region: [{ RegionId: 'cn-hangzhou' }] } })
  })

  t.test('a CMK made through one dialect is used through the other', async (t) => {
    const [one, other] = [
      tencent['tencentcloud-sdk-nodejs, TC3 POST'] as Call,
      alibaba['@alicloud/openapi-core, ACS3-HMAC-SHA256'] as Call,
    ]
    const made = await one('CreateKey', { Alias: 'shared' })
    t.match(await other('GenerateDataKey', { KeyId: 'alias/shared' }), { KeyId: made.KeyId })
    await other('DisableKey', { KeyId: made.KeyId })
    await t.rejects(one('GenerateDataKey', { KeyId: made.KeyId, KeySpec: 'AES_128' }), {
      code: 'ResourceUnavailable.CmkDisabled',
    })
    const { KeyMetadata } = await other('CreateKey', {})
    const KeyId = (KeyMetadata as { KeyId: string }).KeyId
    t.match(await one('DescribeKey', { KeyId }), {
      KeyMetadata: { KeyState: 'Enabled', HsmClusterId: first },
    })
    await one('ArchiveKey', { KeyId })
    t.match(await other('DescribeKey', { KeyId }), { KeyMetadata: { KeyState: 'Unavailable' } })
  })

  t.test('every length from 1 to 1024 comes back byte-exact through both dialects', async (t) => {
    const [one, other] = [
      tencent['tencentcloud-sdk-nodejs, TC3 POST'] as Call,
      alibaba['@alicloud/pop-core, POST'] as Call,
    ]
    const wrong: string[] = []
    const check = async (name: string, call: Call, length: number) => {
      const made = await call('GenerateDataKey', { KeyId: keyId, NumberOfBytes: length })
      const opened = await call('Decrypt', { CiphertextBlob: made.CiphertextBlob })
      const bytes = Buffer.from(String(made.Plaintext), 'base64').length
      if (bytes !== length || opened.Plaintext !== made.Plaintext) wrong.push(`${name} ${length}`)
    }
    for (let length = 1; length <= 1024; length += 16) {
      const lengths = Array.from({ length: 16 }, (_, index) => length + index)
      await Promise.all(
        lengths.flatMap((bytes) => [check('tencent', one, bytes), check('alibaba', other, bytes)]),
      )
    }
    t.same(wrong, [])
  })
}
