// Data keys, encryption, decryption and re-encryption, through the whole dialect.
import t from 'tap'
import type { Kms } from '../../../src/core/kms.ts'
import { createAlibaba } from '../../../src/dialects/alibaba/index.ts'
import { serve } from '../../../src/dialects/dialect.ts'
import { uses } from '../../support/audit.ts'
import { plainKey } from '../../support/keys.ts'
import { accountId } from '../../support/services.ts'
import { plainRequest, requestId } from '../../support/wire.ts'
import { createClient, region } from './client.ts'

const nobody = '00000000-0000-4000-8000-000000000000'
const invalid = (parameter: string) => ({
  status: 400,
  body: { Code: 'InvalidParameter', Message: `The specified parameter ${parameter} is not valid.` },
})

t.test('GenerateDataKey: what it returns opens to the same bytes', async (t) => {
  const { call, makeKey } = await createClient()
  const KeyId = await makeKey()
  await call('CreateAlias', { AliasName: 'alias/a', KeyId })
  const { PrimaryKeyVersion } = (await call('DescribeKey', { KeyId })).body.KeyMetadata
  for (const name of [KeyId, 'alias/a', `acs:kms:${region}:${accountId}:key/${KeyId}`]) {
    const { body } = await call('GenerateDataKey', { KeyId: name })
    t.same(Object.keys(body).sort(), ['CiphertextBlob', 'KeyId', 'KeyVersionId', 'Plaintext', 'RequestId'])
    t.match(body, { KeyId, KeyVersionId: PrimaryKeyVersion }, 'the bare id answers')
    const opened = (await call('Decrypt', { CiphertextBlob: body.CiphertextBlob })).body
    const { Plaintext, KeyVersionId } = body
    t.same(opened, { Plaintext, KeyId, KeyVersionId, RequestId: requestId })
  }
})

t.test('GenerateDataKey: lengths', async (t) => {
  const { call, makeKey } = await createClient()
  const KeyId = await makeKey()
  const cases: [length: number, input: object][] = [
    [32, {}],
    [32, { KeySpec: 'AES_256' }],
    [16, { KeySpec: 'AES_128' }],
    [1, { NumberOfBytes: 1 }],
    [1024, { NumberOfBytes: 1024 }],
    [7, { NumberOfBytes: 7, KeySpec: 'AES_256' }],
    [16, { NumberOfBytes: 16, KeySpec: 'SM4_128' }],
  ]
  for (const action of ['GenerateDataKey', 'GenerateDataKeyWithoutPlaintext']) {
    for (const [length, input] of cases) {
      const { CiphertextBlob, Plaintext } = (await call(action, { KeyId, ...input })).body
      t.equal(Plaintext === undefined, action !== 'GenerateDataKey', 'only one of them shows the key')
      const opened = (await call('Decrypt', { CiphertextBlob })).body.Plaintext
      const bytes = Buffer.from(opened, 'base64')
      t.equal(bytes.length, length, JSON.stringify(input))
      t.equal(bytes.toString('base64'), opened, 'standard base64 with padding')
      if (Plaintext !== undefined) t.equal(opened, Plaintext)
    }
    for (const NumberOfBytes of ['0', '1025', '-1', 'x', '1.5', ' 1', '1e2', '99999999999999999999']) {
      t.match(await call(action, { KeyId, NumberOfBytes }), invalid('NumberOfBytes'), NumberOfBytes)
    }
    for (const KeySpec of ['SM4_128', 'aes_256', 'constructor']) {
      t.match(await call(action, { KeyId, KeySpec }), invalid('KeySpec'))
    }
    t.match(await call(action), { status: 400, body: { Code: 'MissingParameter' } })
    t.match(await call(action, { KeyId: nobody }), { status: 404, body: { Code: 'Forbidden.KeyNotFound' } })
    t.match(await call(action, { KeyId: 'alias/x' }), {
      status: 404,
      body: { Code: 'Forbidden.AliasNotFound' },
    })
  }
})

t.test('Encrypt: the text itself is sealed, whatever it is', async (t) => {
  const { call, makeKey } = await createClient()
  const KeyId = await makeKey()
  for (const Plaintext of [
    '7',
    'plaintext',
    'dGVzdA==',
    'dGVzdA',
    ' \t\r\n',
    '中文😀',
    'x'.repeat(6144),
    '中'.repeat(2048),
    '\u0000',
  ]) {
    const sealed = (await call('Encrypt', { KeyId, Plaintext })).body
    const { KeyVersionId } = sealed
    t.same(Object.keys(sealed).sort(), ['CiphertextBlob', 'KeyId', 'KeyVersionId', 'RequestId'])
    const opened = (await call('Decrypt', { CiphertextBlob: sealed.CiphertextBlob })).body
    t.same(opened, { Plaintext, KeyId, KeyVersionId, RequestId: requestId })
  }
  t.match(await call('Encrypt', { KeyId, Plaintext: 'x'.repeat(6145) }), invalid('Plaintext'))
  t.match(await call('Encrypt', { KeyId, Plaintext: '中'.repeat(2049) }), invalid('Plaintext'), 'bytes count')
  for (const input of [{ KeyId, Plaintext: '' }, { KeyId }, { Plaintext: 'x' }]) {
    t.match(await call('Encrypt', input), { status: 400, body: { Code: 'MissingParameter' } })
  }
})

t.test('EncryptionContext: equal by content, bound, and strictly read', async (t) => {
  const { call, makeKey } = await createClient()
  const KeyId = await makeKey()
  for (const [action, input] of [
    ['GenerateDataKey', { KeyId }],
    ['Encrypt', { KeyId, Plaintext: 'x' }],
  ] as const) {
    const seal = async (EncryptionContext?: string) =>
      (await call(action, { ...input, EncryptionContext })).body.CiphertextBlob
    const open = async (CiphertextBlob: string, EncryptionContext?: string) =>
      (await call('Decrypt', { CiphertextBlob, EncryptionContext })).status
    const bound = await seal('{"a":"1","b":"2"}')
    t.equal(
      await open(bound, ' { "b" : "2", "a" : "\\u0031" } '),
      200,
      'order, blanks and escapes do not count',
    )
    for (const other of [
      undefined,
      '{}',
      '{"a":"1"}',
      '{"a":"2","b":"1"}',
      '{"A":"1","b":"2"}',
      '{"a":"1","b":"2","c":""}',
    ]) {
      t.equal(await open(bound, other), 400, other ?? 'none')
    }
    const free = await seal()
    for (const none of [undefined, '', '{}', 'null', ' {} ']) {
      t.equal(await open(free, none), 200, `none is ${none}`)
      t.equal(await open(await seal(none)), 200)
    }
    t.equal(await open(free, '{"a":"1"}'), 400)
    t.equal(await open(await seal('{"__proto__":"x"}')), 400, 'every name counts')
    const long = (length: number) => `{"a":"${'x'.repeat(length - 8)}"}`
    t.equal(await open(await seal(long(8192)), long(8192)), 200)
    for (const bad of [
      'x',
      '[]',
      '"x"',
      '1',
      '{"a":1}',
      '{"a":null}',
      '{"a":["x"]}',
      '{"a":{}}',
      long(8193),
    ]) {
      t.match(await call(action, { ...input, EncryptionContext: bad }), invalid('EncryptionContext'))
    }
  }
})

t.test('Decrypt: what cannot be opened', async (t) => {
  const { call } = await createClient()
  const stranger = await createClient()
  const { CiphertextBlob } = (await stranger.call('GenerateDataKey', { KeyId: await stranger.makeKey() }))
    .body
  const unknown = await call('Decrypt', { CiphertextBlob })
  t.match(unknown, { status: 404, body: { Code: 'Forbidden.KeyNotFound' } }, 'a version nobody here knows')
  t.match(await call('Decrypt'), { status: 400, body: { Code: 'MissingParameter' } })
  for (const blob of ['x', 'AAAA', Buffer.from(nobody).toString('base64')]) {
    t.match(await call('Decrypt', { CiphertextBlob: blob }), invalid('CiphertextBlob'))
  }
})

t.test('a blob of another account’s key is not there', async (t) => {
  const { call, kms } = await createClient()
  const caller = { accountId: '100000000002', accessKeyId: 'x', action: 'kms:Test' }
  const key = await kms.createKey(caller, plainKey)
  const { encodeCiphertext } = await import('../../../src/dialects/alibaba/ciphertext.ts')
  const { envelope } = await kms.generateDataKey(caller, { key: { keyId: key.id }, length: 32, context: {} })
  const reply = await call('Decrypt', { CiphertextBlob: encodeCiphertext(envelope) })
  t.match(reply, { status: 404, body: { Code: 'Forbidden.KeyNotFound' } })
})

t.test('ReEncrypt: to another key and another context; the content stays', async (t) => {
  const { call, makeKey } = await createClient()
  const [KeyId, target] = [await makeKey(), await makeKey()]
  await call('CreateAlias', { AliasName: 'alias/target', KeyId: target })
  const [source, destination] = ['{"from":"1"}', '{"to":"2"}']
  for (const [action, input] of [
    ['GenerateDataKey', { KeyId, NumberOfBytes: 9 }],
    ['Encrypt', { KeyId, Plaintext: 'not base64!' }],
  ] as const) {
    const { CiphertextBlob, Plaintext } = (await call(action, { ...input, EncryptionContext: source })).body
    const moved = (
      await call('ReEncrypt', {
        CiphertextBlob,
        DestinationKeyId: 'alias/target',
        SourceEncryptionContext: source,
        DestinationEncryptionContext: destination,
      })
    ).body
    t.equal(moved.KeyId, target)
    const open = (EncryptionContext?: string) =>
      call('Decrypt', { CiphertextBlob: moved.CiphertextBlob, EncryptionContext })
    const { body } = await open(destination)
    t.match(body, { KeyId: target, KeyVersionId: moved.KeyVersionId, Plaintext: Plaintext ?? 'not base64!' })
    t.equal((await open(source)).status, 400)
    t.equal((await open()).status, 400)
    const wrong = { CiphertextBlob, DestinationKeyId: target, SourceEncryptionContext: destination }
    t.match(await call('ReEncrypt', wrong), invalid('CiphertextBlob'))
  }
})

t.test('ReEncrypt: what is refused', async (t) => {
  const { call, makeKey } = await createClient()
  const [KeyId, target] = [await makeKey(), await makeKey()]
  const { CiphertextBlob } = (await call('GenerateDataKey', { KeyId })).body
  const ask = (input: object) => call('ReEncrypt', { CiphertextBlob, DestinationKeyId: target, ...input })
  for (const name of ['SourceEncryptionContext', 'DestinationEncryptionContext']) {
    t.match(await ask({ [name]: '[]' }), invalid(name))
  }
  t.match(await ask({ CiphertextBlob: 'x' }), invalid('CiphertextBlob'))
  t.match(await ask({ DestinationKeyId: nobody }), { status: 404, body: { Code: 'Forbidden.KeyNotFound' } })
  t.match(await ask({ DestinationKeyId: 'alias/x' }), {
    status: 404,
    body: { Code: 'Forbidden.AliasNotFound' },
  })
  t.match(await ask({ DestinationKeyId: '' }), { status: 400, body: { Code: 'MissingParameter' } })
  await call('DisableKey', { KeyId: target })
  t.match(await ask({}), { status: 409, body: { Code: 'Rejected.Disabled' } })
  t.equal((await ask({ DestinationKeyId: KeyId })).status, 200)
})

t.test('DryRun: never carried out', async (t) => {
  const { makeKey, ...client } = await createClient()
  const KeyId = await makeKey()
  const { CiphertextBlob } = (await client.call('GenerateDataKey', { KeyId })).body
  const inputs: Record<string, Record<string, string>> = {
    Encrypt: { KeyId, Plaintext: 'x' },
    Decrypt: { CiphertextBlob },
    ReEncrypt: { CiphertextBlob, DestinationKeyId: KeyId },
    GenerateDataKey: { KeyId },
    GenerateDataKeyWithoutPlaintext: { KeyId },
  }
  const wrong: Record<string, Record<string, string>[]> = {
    Encrypt: [
      { KeyId },
      { KeyId: 'alias/none', Plaintext: 'x' },
      { KeyId, Plaintext: 'x', EncryptionContext: '[]' },
    ],
    Decrypt: [{}, { CiphertextBlob: 'x' }, { CiphertextBlob, EncryptionContext: '{"a":"b"}' }],
    ReEncrypt: [{ CiphertextBlob }, { CiphertextBlob, DestinationKeyId: 'none' }],
    GenerateDataKey: [{}, { KeyId, NumberOfBytes: '0' }, { KeyId, KeySpec: 'x' }],
    GenerateDataKeyWithoutPlaintext: [{ KeyId: 'none' }, { KeyId, NumberOfBytes: '1025' }],
  }
  const { hsm } = client.services
  const made: string[] = []
  for (const name of ['generate', 'wrap', 'random', 'createKey'] as const) {
    const real = (hsm[name] as (...args: never[]) => Promise<never>).bind(hsm)
    Object.assign(hsm, { [name]: (...args: never[]) => made.push(name) && real(...args) })
  }
  for (const [Action, input] of Object.entries(inputs)) {
    for (const DryRun of ['true', 'True']) {
      const passed = await client.call(Action, { ...input, DryRun })
      t.match(passed, { status: 400, body: { Code: 'DryRunOperationError' } }, `${Action} ${DryRun}`)
    }
    for (const refused of wrong[Action] ?? []) {
      const answer = await client.call(Action, { ...refused, DryRun: 'true' })
      t.match(
        answer,
        { status: 400, body: { Code: 'ValidationError' } },
        `${Action} ${JSON.stringify(refused)}`,
      )
    }
    t.match(await client.call(Action, { ...input, DryRun: 'maybe' }), invalid('DryRun'))
  }
  t.same(made, [], 'nothing was made')
  for (const [Action, input] of Object.entries(inputs)) {
    for (const DryRun of ['false', '', undefined]) {
      t.equal((await client.call(Action, { ...input, DryRun })).status, 200)
    }
  }
  await client.call('DisableKey', { KeyId })
  const disabled = await client.call('GenerateDataKey', { KeyId, DryRun: 'true' })
  t.match(disabled, { status: 400, body: { Code: 'ValidationError', Message: /Disabled/ } })
})

t.test('plaintexts are wiped once they are encoded', async (t) => {
  const { makeKey, ...client } = await createClient()
  const KeyId = await makeKey()
  const seen: Buffer[] = []
  const keep = <Result extends { plaintext: Buffer }>(result: Result) => {
    seen.push(result.plaintext)
    return result
  }
  const kms: Kms = {
    ...client.kms,
    generateDataKey: async (caller, input) => keep(await client.kms.generateDataKey(caller, input)),
    decrypt: async (caller, input) => keep(await client.kms.decrypt(caller, input)),
    encrypt: (caller, input) => client.kms.encrypt(caller, keep(input)),
  }
  const dialect = createAlibaba({
    ...client,
    kms,
    settings: { region, edition: 'auto', profile: 'on-prem', rates: {} },
  })
  const call = async (Action: string, input: object) =>
    JSON.parse(
      (
        await serve(
          dialect,
          { ...plainRequest, rawQuery: client.query({ Action, ...input }) },
          { audit: client.audit, uses },
        )
      ).body,
    )
  const key = await call('GenerateDataKey', { KeyId })
  await call('GenerateDataKeyWithoutPlaintext', { KeyId })
  await call('Decrypt', { CiphertextBlob: key.CiphertextBlob })
  const { CiphertextBlob } = await call('Encrypt', { KeyId, Plaintext: 'secret' })
  t.equal((await call('Decrypt', { CiphertextBlob })).Plaintext, 'secret')
  await call('Encrypt', { KeyId: nobody, Plaintext: 'secret' })
  t.equal(seen.length, 6)
  for (const [index, bytes] of seen.entries())
    t.ok(
      bytes.every((byte) => byte === 0),
      `plaintext ${index}`,
    )
})
