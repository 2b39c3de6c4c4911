// Alibaba's GenerateDataKeyWithoutPlaintext page, line by line. Its distributor and data plane also run on a real server
// in test/e2e/users.test.ts.
import { XMLParser } from 'fast-xml-parser'
import { type Client, createClient } from '../dialects/alibaba/client.ts'
import { alibabaRpcPath, send } from '../support/raw.ts'
import { kms20160120, openapiCore, popCore } from '../support/sdks.ts'
import { startHome } from '../support/server.ts'
import { addUser, type TestUser } from '../support/users.ts'
import { proverOf } from './prove.ts'

const prove = proverOf('alibaba-without-plaintext')
const action = 'GenerateDataKeyWithoutPlaintext'
const members = ['CiphertextBlob', 'KeyId', 'KeyVersionId', 'RequestId']
const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

/** The reply to a user's request. */
function ask(client: Client, user: TestUser, name: string, input: object) {
  const fields = { Action: name, ...input, AccessKeyId: user.secretId }
  return client.send({ rawQuery: client.query(fields, 'GET', user.secret) })
}

prove(
  [
    'example request',
    'example JSON reply',
    'example XML reply',
    'response KeyVersionId',
    'response CiphertextBlob',
    'response RequestId',
  ],
  'raw in both formats and by the SDKs, on a real server',
  async (t) => {
    const home = await startHome(t)
    const credentials = home.credentials()
    const { keyId } = credentials
    const input = { KeySpec: 'AES_256', EncryptionContext: '{"Example":"Example"}' }
    const pop = popCore(credentials)
    await pop('CreateAlias', { KeyId: keyId, AliasName: 'alias/example' })
    const raw = async (Format: string) => {
      const path = alibabaRpcPath(credentials, { Action: action, KeyId: 'alias/example', ...input, Format })
      const { status, body } = await send(home.server.host, { path })
      t.equal(status, 200)
      return body
    }
    const replies = [
      JSON.parse(await raw('JSON')),
      new XMLParser().parse(await raw('XML'))[`${action}Response`],
      await pop(action, { KeyId: keyId, ...input }),
      await kms20160120(credentials)(action, { KeyId: keyId, ...input }),
      await openapiCore(credentials)(action, { KeyId: keyId, ...input }),
    ]
    for (const reply of replies) {
      t.same(Object.keys(reply).sort(), members)
      t.match(reply, { KeyId: keyId, KeyVersionId: uuid, RequestId: uuid })
      const { CiphertextBlob } = reply
      t.equal(Buffer.from(String(CiphertextBlob), 'base64').subarray(0, 36).toString(), reply.KeyVersionId)
      const { EncryptionContext } = input
      const opened = await pop('Decrypt', { CiphertextBlob, EncryptionContext })
      t.equal(Buffer.from(String(opened.Plaintext), 'base64').length, 32)
    }
  },
)

prove(['text same but plaintext'], 'parameters, errors and blob are GenerateDataKey’s', async (t) => {
  const client = await createClient()
  const [without, other] = [action, 'GenerateDataKey'].map((name) =>
    client.dialect.actions.find((candidate) => candidate.name === name),
  )
  t.same(without?.input, other?.input)
  t.same(without?.errors, other?.errors)
  const { Plaintext: _, ...rest } = other?.output.properties ?? {}
  t.same(without?.output.properties, rest)
})

prove(['text distributor', 'text data plane'], 'each with its one permission', async (t) => {
  const client = await createClient()
  const KeyId = await client.makeKey()
  const distributor = await addUser(client.services, 'distributor')
  await distributor.allow(`kms:${action}`, `acs:kms:cn-hangzhou:100000000001:key/${KeyId}`)
  const plane = await addUser(client.services, 'plane')
  await plane.allow('kms:Decrypt', `acs:kms:cn-hangzhou:100000000001:key/${KeyId}`)
  const made = await ask(client, distributor, action, { KeyId })
  t.equal(made.status, 200)
  t.notOk('Plaintext' in made.body)
  const { CiphertextBlob } = made.body
  const opened = await ask(client, plane, 'Decrypt', { CiphertextBlob })
  t.equal(Buffer.from(opened.body.Plaintext, 'base64').length, 32)
  const refused = { status: 403, body: { Code: 'Forbidden.NoPermission' } }
  t.match(await ask(client, distributor, 'Decrypt', { CiphertextBlob }), refused)
  t.match(await ask(client, distributor, 'GenerateDataKey', { KeyId }), refused)
  t.match(await ask(client, plane, action, { KeyId }), refused)
  t.match(await ask(client, plane, 'GenerateDataKey', { KeyId }), refused)
})

prove(['parameter KeyId', 'response KeyId'], 'required: an id or an alias; the id comes back', async (t) => {
  const { call, makeKey } = await createClient()
  t.match(await call(action), { status: 400, body: { Code: 'MissingParameter', Message: /KeyId/ } })
  const KeyId = await makeKey()
  await call('CreateAlias', { KeyId, AliasName: 'alias/orders' })
  for (const name of [KeyId, 'alias/orders']) t.equal((await call(action, { KeyId: name })).body.KeyId, KeyId)
})

prove(['parameter KeySpec', 'parameter NumberOfBytes'], 'lengths', async (t) => {
  const { call, makeKey } = await createClient()
  const KeyId = await makeKey()
  const cases: [object, number][] = [
    [{}, 32],
    [{ KeySpec: 'AES_256' }, 32],
    [{ KeySpec: 'AES_128' }, 16],
    [{ KeySpec: 'AES_256', NumberOfBytes: '1' }, 1],
    [{ KeySpec: 'unknown', NumberOfBytes: '1024' }, 1024],
  ]
  for (const [input, length] of cases) {
    const { CiphertextBlob } = (await call(action, { KeyId, ...input })).body
    const { Plaintext } = (await call('Decrypt', { CiphertextBlob })).body
    t.equal(Buffer.from(Plaintext, 'base64').length, length, JSON.stringify(input))
  }
  for (const input of [{ KeySpec: 'unknown' }, { NumberOfBytes: '0' }, { NumberOfBytes: '1025' }]) {
    const { status, body } = await call(action, { KeyId, ...input })
    t.match({ status, Code: body.Code }, { status: 400, Code: 'InvalidParameter' }, JSON.stringify(input))
  }
})

prove(['parameter EncryptionContext'], 'must be given again to Decrypt', async (t) => {
  const { call, makeKey } = await createClient()
  const KeyId = await makeKey()
  const EncryptionContext = '{"Example":"Example"}'
  const { CiphertextBlob } = (await call(action, { KeyId, EncryptionContext })).body
  t.equal((await call('Decrypt', { CiphertextBlob, EncryptionContext })).status, 200)
  t.equal((await call('Decrypt', { CiphertextBlob })).status, 400)
  const list = await call(action, { KeyId, EncryptionContext: '["Example"]' })
  t.match(list, { status: 400, body: { Code: 'InvalidParameter', Message: /EncryptionContext/ } })
})
