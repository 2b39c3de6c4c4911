// Data keys, encryption, decryption, re-encryption and random bytes, through the whole dialect.
import { generateKeyPairSync, privateDecrypt } from 'node:crypto'
import t from 'tap'
import { plainKey } from '../../support/keys.ts'
import { clusterIds, otherAccountId } from '../../support/services.ts'
import { requestId } from '../../support/wire.ts'
import { createClient } from './client.ts'

const nobody = '00000000-0000-4000-8000-000000000000'
const invalid = 'InvalidParameter'
const invalidCiphertext = 'InvalidParameterValue.InvalidCiphertext'
const disabled = 'ResourceUnavailable.CmkDisabled'
const archived = 'ResourceUnavailable.CmkArchived'
const pending = 'ResourceUnavailable.KeyPendingDelete'
const base64 = (text: string | Buffer) => Buffer.from(text as string).toString('base64')
const lengthOf = (text: string) => Buffer.from(text, 'base64').length

t.test('GenerateDataKey: lengths, and Decrypt gives the same key back', async (t) => {
  const { call, makeKey } = await createClient()
  const KeyId = await makeKey()
  const cases: [input: object, length: number][] = [
    [{ KeySpec: 'AES_128' }, 16],
    [{ KeySpec: 'AES_256' }, 32],
    [{ NumberOfBytes: 1 }, 1],
    [{ NumberOfBytes: 1024 }, 1024],
    [{ NumberOfBytes: '48' }, 48],
    [{ NumberOfBytes: 20, KeySpec: 'AES_128' }, 20],
    [{ NumberOfBytes: 20, KeySpec: '' }, 20],
  ]
  for (const [input, length] of cases) {
    const made = await call('GenerateDataKey', { KeyId, ...input })
    t.same(Object.keys(made), ['KeyId', 'Plaintext', 'CiphertextBlob', 'RequestId'])
    t.equal(made.KeyId, KeyId)
    t.equal(lengthOf(made.Plaintext), length)
    const { CiphertextBlob, Plaintext } = made
    t.same(await call('Decrypt', { CiphertextBlob }), { KeyId, Plaintext, RequestId: requestId })
  }
  const [one, other] = [
    await call('GenerateDataKey', { KeyId, KeySpec: 'AES_256' }),
    await call('GenerateDataKey', { KeyId, KeySpec: 'AES_256' }),
  ]
  t.not(one.Plaintext, other.Plaintext)
  t.not(one.CiphertextBlob, other.CiphertextBlob)
})

t.test('GenerateDataKey with no length: by the edition, or by the host', async (t) => {
  const intlHost = { host: 'kms.intl.tencentcloudapi.com' }
  for (const [edition, options, code] of [
    ['cn', intlHost, undefined],
    ['intl', {}, invalid],
    ['auto', {}, undefined],
    ['auto', { host: '127.0.0.1:8080' }, undefined],
    ['auto', intlHost, invalid],
  ] as const) {
    const { call, makeKey } = await createClient({}, edition)
    const KeyId = await makeKey()
    for (const input of [{ KeyId }, { KeyId, KeySpec: '' }]) {
      const { Error: error, Plaintext } = await call('GenerateDataKey', input, options)
      t.equal(error?.Code, code, `${edition} ${JSON.stringify(options)}`)
      if (code === undefined) t.equal(lengthOf(Plaintext), 32)
    }
    t.type((await call('GenerateDataKey', { KeyId, NumberOfBytes: 8 }, options)).Plaintext, 'string')
  }
})

t.test('GenerateDataKey: what is accepted and ignored when the key is not hosted', async (t) => {
  const { call, makeKey } = await createClient()
  const KeyId = await makeKey()
  const made = await call('GenerateDataKey', {
    KeyId,
    KeySpec: 'AES_256',
    IsHostedByKms: 0,
    DataKeyName: '!',
    Description: 'x'.repeat(200),
    Tags: [{ TagKey: 'k', TagValue: 'v' }],
    EncryptionPublicKey: '',
    EncryptionAlgorithm: 'SM2',
    EncryptionContext: '',
    HsmClusterId: '',
  })
  t.equal(made.KeyId, KeyId)
  t.notOk('DataKeyId' in made)
  t.equal(
    (await call('Decrypt', { CiphertextBlob: made.CiphertextBlob, EncryptionAlgorithm: 'SM2' })).KeyId,
    KeyId,
  )
})

t.test('GenerateDataKey: what is refused', async (t) => {
  const { refusal, makeKey } = await createClient()
  const KeyId = await makeKey()
  const cluster = 'InvalidParameterValue.InvalidHsmClusterId'
  const cases: [code: string, input: object][] = [
    ['MissingParameter', { KeyId: null }],
    ['InvalidParameterValue.InvalidKeyId', { KeyId: 'x' }],
    ['ResourceUnavailable.CmkNotFound', { KeyId: nobody }],
    [invalid, { KeySpec: 'AES_192' }],
    [invalid, { KeySpec: 'aes_256' }],
    [invalid, { KeySpec: 'constructor' }],
    [invalid, { KeySpec: 'AES_512', NumberOfBytes: 8 }],
    [invalid, { NumberOfBytes: 0 }],
    [invalid, { NumberOfBytes: 1025 }],
    [invalid, { NumberOfBytes: 'x' }],
    [invalid, { EncryptionContext: 'x' }],
    [invalid, { EncryptionContext: '[]' }],
    [invalid, { EncryptionContext: '"x"' }],
    [invalid, { EncryptionContext: '{"a":1}' }],
    [invalid, { EncryptionContext: '{"a":{}}' }],
    [invalid, { EncryptionContext: `{"a":"${'x'.repeat(1017)}"}` }],
    [invalid, { EncryptionContext: {} }],
    ['InvalidParameterValue.InvalidType', { IsHostedByKms: 2 }],
    ['InvalidParameterValue.InvalidType', { IsHostedByKms: -1 }],
    ['InvalidParameterValue.InvalidDataKeyName', { IsHostedByKms: 1 }],
    ['InvalidParameterValue.InvalidDataKeyName', { IsHostedByKms: 1, DataKeyName: '-a' }],
    ['InvalidParameter', { IsHostedByKms: 1, DataKeyName: 'a', Description: '数'.repeat(34) }],
    ['FailedOperation.EncryptionError', { EncryptionPublicKey: '-----BEGIN PUBLIC KEY-----' }],
    ['InvalidParameter', { EncryptionPublicKey: 'x', EncryptionAlgorithm: 'RSA' }],
    [cluster, { HsmClusterId: clusterIds[1] }],
    [cluster, { HsmClusterId: 'x' }],
    ['UnknownParameter', { NumberOfByte: 8 }],
  ]
  for (const [code, input] of cases) {
    const given = { KeyId, KeySpec: 'AES_256', ...input }
    t.equal(await refusal('GenerateDataKey', given), code, JSON.stringify(input).slice(0, 60))
  }
  const inCluster = { KeyId, KeySpec: 'AES_256', HsmClusterId: clusterIds[0] }
  t.equal(await refusal('GenerateDataKey', inCluster), undefined)
  const longest = { KeyId, KeySpec: 'AES_256', EncryptionContext: `{"a":"${'x'.repeat(1016)}"}` }
  t.equal(await refusal('GenerateDataKey', longest), undefined, '1,024 characters')
})

t.test('Encrypt and Decrypt: any bytes, up to 4 KB', async (t) => {
  const { call, refusal, makeKey } = await createClient()
  const KeyId = await makeKey()
  for (const bytes of [Buffer.of(0), Buffer.from('明文'), Buffer.alloc(4096, 0xff)]) {
    const Plaintext = base64(bytes)
    const { CiphertextBlob, ...more } = await call('Encrypt', { KeyId, Plaintext })
    t.same(more, { KeyId, RequestId: requestId })
    t.same(await call('Decrypt', { CiphertextBlob }), { KeyId, Plaintext, RequestId: requestId })
  }
  const bad = [
    '',
    '=',
    'a',
    'YQ',
    'YQ=',
    'YR==',
    'YQ==\n',
    ' YQ==',
    'Y-_=',
    '!!!!',
    base64(Buffer.alloc(4097)),
  ]
  for (const Plaintext of bad) {
    const code = await refusal('Encrypt', { KeyId, Plaintext })
    t.equal(code, 'InvalidParameterValue.InvalidPlaintext', Plaintext.slice(0, 20))
  }
  t.equal(await refusal('Encrypt', { KeyId }), 'MissingParameter')
  t.equal(await refusal('Encrypt', { KeyId, Plaintext: 1 }), invalid)
  t.equal(await refusal('Encrypt', { KeyId: nobody, Plaintext: 'YQ==' }), 'ResourceUnavailable.CmkNotFound')
  t.equal(await refusal('Encrypt', { KeyId: 'x', Plaintext: 'YQ==' }), 'InvalidParameterValue.InvalidKeyId')
  t.equal(await refusal('Encrypt', { KeyId, Plaintext: 'YQ==', EncryptionContext: 'x' }), invalid)
})

t.test('an encryption context must be given again; its spelling does not matter', async (t) => {
  const { call, makeKey } = await createClient()
  const KeyId = await makeKey()
  const EncryptionContext = '{"a":"1","b":"2"}'
  for (const [action, input] of [
    ['GenerateDataKey', { KeySpec: 'AES_256' }],
    ['Encrypt', { Plaintext: 'YQ==' }],
  ] as const) {
    const { CiphertextBlob } = await call(action, { KeyId, ...input, EncryptionContext })
    const open = async (context: string | undefined) => {
      const given = context === undefined ? {} : { EncryptionContext: context }
      return (await call('Decrypt', { CiphertextBlob, ...given })).Error?.Code
    }
    for (const same of [EncryptionContext, ' { "b":"2", "a":"\\u0031" } '])
      t.equal(await open(same), undefined)
    for (const other of [undefined, '', '{}', '{"a":"1"}', '{"a":"2","b":"1"}', '{"a":"1","b":"2","c":""}']) {
      t.equal(await open(other), invalidCiphertext, other ?? 'none')
    }
    t.equal(await open('x'), invalid)
    const plain = await call(action, { KeyId, ...input })
    for (const none of ['', '{}', 'null']) {
      const opened = await call('Decrypt', { CiphertextBlob: plain.CiphertextBlob, EncryptionContext: none })
      t.equal(opened.KeyId, KeyId, `no context: ${none}`)
    }
  }
})

t.test('Decrypt: what is refused', async (t) => {
  const { call, refusal, makeKey, kms } = await createClient()
  const KeyId = await makeKey()
  const { CiphertextBlob } = await call('Encrypt', { KeyId, Plaintext: 'YQ==' })
  t.equal(await refusal('Decrypt'), 'MissingParameter')
  for (const blob of ['', 'x', 'x-k-y-k-z', CiphertextBlob.slice(1)]) {
    t.equal(await refusal('Decrypt', { CiphertextBlob: blob }), invalidCiphertext)
  }
  t.equal(await refusal('Decrypt', { CiphertextBlob: 7 }), invalid)
  t.equal(await refusal('Decrypt', { CiphertextBlob, KeyId }), 'UnknownParameter')
  t.equal(
    await refusal('Decrypt', { CiphertextBlob, EncryptionPublicKey: 'x' }),
    'FailedOperation.EncryptionError',
  )

  const other = { accountId: otherAccountId, accessKeyId: 'x', action: 'kms:Test' }
  const theirKey = await kms.createKey(other, plainKey)
  const theirs = await kms.generateDataKey(other, { key: { keyId: theirKey.id }, length: 16, context: {} })
  const { encodeCiphertext } = await import('../../../src/dialects/tencent/ciphertext.ts')
  const blob = encodeCiphertext(theirs.envelope, {})
  t.equal(await refusal('Decrypt', { CiphertextBlob: blob }), invalidCiphertext, 'another account’s blob')
  t.equal(await refusal('ReEncrypt', { CiphertextBlob: blob }), invalidCiphertext)
})

t.test('each state: what may be encrypted, decrypted and moved', async (t) => {
  const { call, refusal, makeKey, clock } = await createClient()
  const KeyId = await makeKey()
  const target = await makeKey()
  const { CiphertextBlob } = await call('Encrypt', { KeyId, Plaintext: 'YQ==' })
  const codes = async () => ({
    GenerateDataKey: await refusal('GenerateDataKey', { KeyId, KeySpec: 'AES_256' }),
    Encrypt: await refusal('Encrypt', { KeyId, Plaintext: 'YQ==' }),
    Decrypt: await refusal('Decrypt', { CiphertextBlob }),
    away: await refusal('ReEncrypt', { CiphertextBlob, DestinationKeyId: target }),
    within: await refusal('ReEncrypt', { CiphertextBlob, DestinationEncryptionContext: '{"a":"b"}' }),
  })
  const all = (code: string | undefined) => ({
    GenerateDataKey: code,
    Encrypt: code,
    Decrypt: code,
    away: code,
    within: code,
  })
  t.same(await codes(), all(undefined))
  await call('DisableKey', { KeyId })
  t.same(await codes(), all(disabled))
  await call('ArchiveKey', { KeyId })
  t.same(
    await codes(),
    { ...all(archived), Decrypt: undefined, away: undefined },
    'archived keys still decrypt',
  )
  const { DeletionDate } = await call('ScheduleKeyDeletion', { KeyId, PendingWindowInDays: 7 })
  t.same(await codes(), all(pending))
  await call('CancelKeyDeletion', { KeyId })
  await call('EnableKey', { KeyId })
  t.same(await codes(), all(undefined))
  await call('DisableKey', { KeyId })
  await call('ScheduleKeyDeletion', { KeyId, PendingWindowInDays: 7 })
  clock.set(DeletionDate * 1000)
  t.same(await codes(), all('ResourceUnavailable.CmkNotFound'), 'gone at its date')
})

t.test('ReEncrypt: to another key, to another context, and when there is nothing to do', async (t) => {
  const { call, refusal, makeKey } = await createClient()
  const [SourceKeyId, KeyId] = [await makeKey(), await makeKey({ HsmClusterId: clusterIds[1] })]
  const SourceEncryptionContext = '{"a":"1"}'
  for (const [action, input] of [
    ['GenerateDataKey', { KeySpec: 'AES_256' }],
    ['Encrypt', { Plaintext: 'YQ==' }],
  ] as const) {
    const made = await call(action, {
      KeyId: SourceKeyId,
      ...input,
      EncryptionContext: SourceEncryptionContext,
    })
    const source = { CiphertextBlob: made.CiphertextBlob, SourceEncryptionContext }
    const opened = await call('Decrypt', {
      CiphertextBlob: made.CiphertextBlob,
      EncryptionContext: SourceEncryptionContext,
    })

    const moved = await call('ReEncrypt', { ...source, DestinationKeyId: KeyId })
    t.match(moved, { KeyId, SourceKeyId, ReEncrypted: true })
    const { Plaintext, KeyId: by } = await call('Decrypt', { CiphertextBlob: moved.CiphertextBlob })
    t.same([Plaintext, by], [opened.Plaintext, KeyId])

    const DestinationEncryptionContext = '{"b":"2"}'
    const within = await call('ReEncrypt', { ...source, DestinationEncryptionContext })
    t.match(within, { KeyId: SourceKeyId, SourceKeyId, ReEncrypted: true })
    const [first, second] = within.CiphertextBlob.split('-k-')
    const [firstWas, secondWas] = made.CiphertextBlob.split('-k-')
    t.equal(first, firstWas, 'the same key')
    t.not(second, secondWas, 'another context')

    for (const DestinationKeyId of [undefined, '', SourceKeyId]) {
      const same = { ...source, DestinationKeyId, DestinationEncryptionContext: SourceEncryptionContext }
      t.same(await call('ReEncrypt', same), {
        CiphertextBlob: made.CiphertextBlob,
        KeyId: SourceKeyId,
        SourceKeyId,
        ReEncrypted: false,
        RequestId: requestId,
      })
    }
    const cases: [code: string, input: object][] = [
      [invalidCiphertext, { SourceEncryptionContext: '{}' }],
      [invalidCiphertext, { CiphertextBlob: 'x' }],
      ['InvalidParameterValue.InvalidKeyId', { DestinationKeyId: 'x' }],
      ['ResourceUnavailable.CmkNotFound', { DestinationKeyId: nobody }],
      [invalid, { SourceEncryptionContext: 'x' }],
      [invalid, { DestinationEncryptionContext: 'x' }],
      ['MissingParameter', { CiphertextBlob: null }],
    ]
    for (const [code, changed] of cases) {
      t.equal(await refusal('ReEncrypt', { ...source, ...changed }), code, JSON.stringify(changed))
    }
  }
  await call('DisableKey', { KeyId })
  const { CiphertextBlob } = await call('Encrypt', { KeyId: SourceKeyId, Plaintext: 'YQ==' })
  t.equal(await refusal('ReEncrypt', { CiphertextBlob, DestinationKeyId: KeyId }), disabled)
})

t.test('GenerateRandom', async (t) => {
  const { call, refusal } = await createClient()
  for (const NumberOfBytes of [1, 1024]) {
    t.equal(lengthOf((await call('GenerateRandom', { NumberOfBytes })).Plaintext), NumberOfBytes)
  }
  for (const NumberOfBytes of [0, 1025, -1, 1.5, 'x', '']) {
    t.equal(await refusal('GenerateRandom', { NumberOfBytes }), invalid, String(NumberOfBytes))
  }
  t.equal(await refusal('GenerateRandom'), 'MissingParameter')
})

t.test('a plaintext for the holder of a private key', async (t) => {
  const { call, makeKey } = await createClient()
  const KeyId = await makeKey()
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const recipient = {
    EncryptionPublicKey: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
    EncryptionAlgorithm: 'RSAES_OAEP_SHA_256',
  }
  const open = (text: unknown) =>
    privateDecrypt({ key: privateKey, oaepHash: 'sha256' }, Buffer.from(String(text), 'base64')).toString(
      'base64',
    )
  const made = await call('GenerateDataKey', { KeyId, NumberOfBytes: 48, ...recipient })
  const { Plaintext } = await call('Decrypt', { CiphertextBlob: made.CiphertextBlob })
  t.equal(Buffer.from(String(Plaintext), 'base64').length, 48)
  t.equal(open(made.Plaintext), Plaintext, 'the blob is unaffected, the plaintext is for its holder')
  const opened = await call('Decrypt', { CiphertextBlob: made.CiphertextBlob, ...recipient })
  t.equal(open(opened.Plaintext), Plaintext)
})
