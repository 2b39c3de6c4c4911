// No secret in a log line, in the audit log or in an error reply: every action of both dialects, called with marked ones.
import { readdirSync, readFileSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { actions as alibabaActions } from '../../src/dialects/alibaba/actions/index.ts'
import type { Action } from '../../src/dialects/dialect.ts'
import { actions as tencentActions } from '../../src/dialects/tencent/actions/index.ts'
import { alibabaRpcPath, type RawReply, send, tencentRequest } from '../support/raw.ts'
import { startHome } from '../support/server.ts'

const home = await startHome(t, {
  P11KMS_LOG_LEVEL: 'debug',
  P11KMS_LIMITS_FAILED_SIGNATURES: '0',
  P11KMS_HSM_REQUEST_TIMEOUT: '1000',
})
const { server } = home
const credentials = home.credentials()
await home.run('user', 'create', 'guest')
const issued = await home.run(
  'credential',
  'create',
  '--user',
  'guest',
  '--temporary',
  '--ttl',
  '900',
  '--json',
)
const guest: { accessKeyId: string; secret: string; token: string } = JSON.parse(issued.stdout)

const mark = 'MARKED-secret-of-a-client'
const plaintext = Buffer.from(mark).toString('base64')
const context = JSON.stringify({ name: mark })

/** What clients send in confidence; a wrong Alibaba signature is answered with the text they signed, as SDKs expect. */
const sent = [mark, plaintext, guest.token]
/** What the service knows or hands out. */
const known = new Set([
  credentials.tencent.secretKey,
  credentials.alibaba.accessKeySecret,
  guest.secret,
  ...['pin-a', 'pin-b', 'so-pin-a', 'so-pin-b'].map((name) =>
    readFileSync(join(home.home, name), 'utf8').trim(),
  ),
])
const errors: { readonly code: string; readonly body: string }[] = []
let calls = 0

function look({ body }: RawReply): Record<string, unknown> {
  calls++
  const reply = JSON.parse(body)
  const inner = reply.Response ?? reply
  const code = inner.Error?.Code ?? inner.Code
  if (code !== undefined) errors.push({ code, body })
  else if (typeof inner.Plaintext === 'string') known.add(inner.Plaintext)
  return inner
}

interface Options {
  readonly as?: 'root' | 'guest'
  readonly wrong?: boolean
}

type Call = (action: string, input: object, options?: Options) => Promise<Record<string, unknown>>

const tencent: Call = async (action, input, { as = 'root', wrong = false } = {}) => {
  const root = credentials.tencent
  const own = as === 'root' ? root : { ...root, secretId: guest.accessKeyId, secretKey: guest.secret }
  const signer = wrong ? { ...own, secretKey: 'another' } : own
  const request = tencentRequest({ ...credentials, tencent: signer }, action, input)
  const headers = { ...request.headers, ...(as === 'guest' ? { 'x-tc-token': guest.token } : {}) }
  return look(await send(server.host, { ...request, headers }))
}

const alibaba: Call = async (action, input, { as = 'root', wrong = false } = {}) => {
  const root = credentials.alibaba
  const own =
    as === 'root' ? root : { ...root, accessKeyId: guest.accessKeyId, accessKeySecret: guest.secret }
  const signer = wrong ? { ...own, accessKeySecret: 'another' } : own
  const texts = Object.entries(input).map(([name, value]) => [
    name,
    typeof value === 'string' ? value : JSON.stringify(value),
  ])
  const fields = {
    Action: action,
    ...Object.fromEntries(texts),
    ...(as === 'guest' ? { SecurityToken: guest.token } : {}),
  }
  return look(await send(server.host, { path: alibabaRpcPath({ ...credentials, alibaba: signer }, fields) }))
}

const { KeyId: spare } = await tencent('CreateKey', { Alias: 'spare' })
const { DataKeyId: hosted } = await tencent('GenerateDataKey', {
  KeyId: spare,
  KeySpec: 'AES_256',
  IsHostedByKms: 1,
  DataKeyName: 'hosted',
})
let count = 0
const sealed = { KeyId: spare, Plaintext: plaintext, EncryptionContext: context }

/** An action's example made real, with marked values where it takes secrets. */
function realInput({ example, input }: Action, blob: unknown): Record<string, unknown> {
  const takes = (parameter: string) => Object.hasOwn(input.properties, parameter)
  const real = {
    KeyId: spare,
    KeyIds: [spare],
    SourceKeyId: spare,
    DestinationKeyId: spare,
    DataKeyId: hosted,
    DataKeyIds: [hosted],
    DataKeyName: `name-${++count}`,
    Alias: `name-${count}`,
    CiphertextBlob: blob,
    EncryptionContext: context,
    SourceEncryptionContext: context,
    DestinationEncryptionContext: context,
    Plaintext: plaintext,
    ImportKeyMaterial: plaintext,
  }
  const given = Object.fromEntries(Object.entries(real).filter(([parameter]) => takes(parameter)))
  return { ...example.input, ...given }
}

/** The same with each of its secrets in a shape that is refused. */
function wrongInputs(input: Record<string, unknown>): Record<string, unknown>[] {
  const secret = Object.keys(input).filter((name) => /Context|Plaintext|Material/.test(name))
  const shapes = [`${mark} %%`, [mark], { a: { b: mark } }, `{"a":"${mark}"`, '']
  return [
    ...secret.flatMap((name) => shapes.map((shape) => ({ ...input, [name]: shape }))),
    ...('CiphertextBlob' in input ? [{ ...input, CiphertextBlob: `${plaintext}-k-${plaintext}-k-x` }] : []),
  ]
}

async function callAll(actions: readonly Action[], call: Call, blob: unknown): Promise<void> {
  for (const action of actions) {
    const { name } = action
    const input = realInput(action, blob)
    await call(name, input, { wrong: true })
    await call(name, input, { as: 'guest' })
    for (const wrong of wrongInputs(input)) await call(name, wrong)
    // Those would leave no key to go on with.
    if (!/Deletion$|^Archive|^Disable/.test(name)) await call(name, realInput(action, blob))
  }
}

t.test('every action, done, refused and failed', async (t) => {
  const { CiphertextBlob: ours } = await tencent('Encrypt', sealed)
  await callAll(tencentActions, tencent, ours)
  const { CiphertextBlob: theirs } = await alibaba('Encrypt', sealed)
  await callAll(alibabaActions, alibaba, theirs)
  for (const call of [tencent, alibaba]) {
    const { CiphertextBlob } = await call('GenerateDataKey', { KeyId: spare, EncryptionContext: context })
    const made = await call('GenerateDataKey', {
      KeyId: spare,
      KeySpec: 'AES_256',
      EncryptionContext: context,
    })
    await call('Decrypt', { CiphertextBlob: made.CiphertextBlob, EncryptionContext: context })
    await call('Decrypt', { CiphertextBlob: made.CiphertextBlob ?? CiphertextBlob })
  }
  // With the token away the causes of internal errors are logged.
  const tokens = join(home.home, 'tokens/a')
  renameSync(tokens, `${tokens}.away`)
  await tencent('Encrypt', sealed)
  await alibaba('Encrypt', sealed)
  look({ ...(await send(server.host, { path: '/readyz' })) })
  renameSync(`${tokens}.away`, tokens)
  t.ok(calls > 250, `${calls} calls, ${errors.length} errors`)
  t.ok(known.size > 10, `${known.size} secrets`)
  const codes = new Set(errors.map(({ code }) => code))
  for (const code of [
    'InternalError',
    'SignatureDoesNotMatch',
    'UnauthorizedOperation',
    'Forbidden.NoPermission',
  ])
    t.ok(codes.has(code), code)
})

const secrets = () => [...sent, ...known].flatMap(formsOf)

function formsOf(secret: string): string[] {
  const bytes = Buffer.from(secret, 'base64')
  const raw = bytes.toString('base64') === secret ? [bytes.toString('hex')] : []
  return [
    secret,
    encodeURIComponent(secret),
    Buffer.from(secret).toString('base64'),
    Buffer.from(secret).toString('hex'),
    ...raw,
  ]
}

const found = (text: string) => secrets().filter((secret) => text.includes(secret))

t.test('none of it is in an error reply', async (t) => {
  for (const { code, body } of errors) {
    const signed = code === 'SignatureDoesNotMatch'
    const told = found(body).filter((secret) => !signed || [...known].flatMap(formsOf).includes(secret))
    t.same(told, [], code)
  }
})

t.test('none of it is in the log or the audit log', async (t) => {
  await server.stop()
  const log = server.output.join('\n')
  t.match(log, /"msg":"request"/)
  t.match(log, /"msg":"request failed"/)
  t.same(found(log), [])
  const folder = join(home.home, 'audit')
  const audit = readdirSync(folder).map((file) => readFileSync(join(folder, file), 'utf8'))
  t.same(found(audit.join('\n')), [])
  const recorded = new Set([...audit.join('\n').matchAll(/"action":"(\w+)"/g)].map(([, action]) => action))
  const names = [...tencentActions, ...alibabaActions].map(({ name }) => name)
  t.same(
    names.filter((name) => !recorded.has(name)),
    [],
    'and every action is there',
  )
})
