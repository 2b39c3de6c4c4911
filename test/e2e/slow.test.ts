// Slow, large, broken and many: raw sockets against a real server, which goes on serving others meanwhile.
import { connect } from 'node:net'
import t from 'tap'
import { alibabaRequest, send, tencentRequest } from '../support/raw.ts'
import { startHome } from '../support/server.ts'

const mebibyte = 1024 * 1024
const home = await startHome(t, {
  P11KMS_LISTEN_HEADERS_TIMEOUT: '1',
  P11KMS_LISTEN_REQUEST_TIMEOUT: '2',
  P11KMS_LISTEN_IDLE_TIMEOUT: '1',
  P11KMS_LISTEN_CONNECTIONS: '60',
  P11KMS_LISTEN_CONNECTIONS_PER_ADDRESS: '40',
})
const { server } = home
const credentials = home.credentials()
const port = Number(new URL(server.url).port)
const tencent = () => tencentRequest(credentials, 'GetRegions', {})
const data = { KeyId: credentials.keyId, KeySpec: 'AES_256' }

/** A connection to an address of this machine, from another one if need be; `text` is all that came until it closed. */
function open(start: string | Buffer, localAddress = '127.0.0.1', keepOpen = true) {
  const socket = connect({ port, host: '127.0.0.1', localAddress, allowHalfOpen: keepOpen })
  let text = ''
  socket.on('data', (chunk: Buffer) => {
    text += chunk.toString()
  })
  socket.on('error', () => {})
  const closed = new Promise<string>((resolve) => {
    socket.once('end', () => resolve(text))
    socket.once('close', () => resolve(text))
  })
  if (start.length > 0) socket.write(start)
  t.teardown(() => socket.destroy())
  return { socket, closed, soFar: () => text }
}

/** The bytes of a signed request; `changed` headers are put over its own. */
function bytes(
  { method, path, headers, body }: ReturnType<typeof tencent>,
  changed: Readonly<Record<string, string>> = {},
): string {
  const all = { ...headers, 'content-length': String(Buffer.byteLength(body)), ...changed }
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`)
  return `${method} ${path} HTTP/1.1\r\n${lines.join('')}\r\n${body}`
}

const others = async () => {
  const reply = await send(server.host, tencentRequest(credentials, 'GenerateDataKey', data))
  return JSON.parse(reply.body).Response.Plaintext !== undefined
}

function parts(reply: string) {
  const [head = '', body = ''] = reply.split('\r\n\r\n')
  return { head, body: JSON.parse(body) }
}

const leaks = /\bat |node:|\.ts|stack|\/src\/|FST_|HPE_|ERR_/

t.test('headers that never end, and a connection that says nothing', async (t) => {
  const slow = open('POST / HTTP/1.1\r\nhost: x\r\n')
  const drip = setInterval(() => slow.socket.write('x-a: b\r\n'), 100)
  t.teardown(() => clearInterval(drip))
  const silent = open('')
  t.ok(await others())
  for (const { closed } of [slow, silent]) {
    const { head, body } = parts(await closed)
    t.match(head, /^HTTP\/1\.1 408 Request Timeout\r\n/)
    t.match(head, /\r\nx-content-type-options: nosniff/)
    t.match(body, { Code: 'InvalidRequest', RequestId: String, Message: /in time/ })
    t.notMatch(JSON.stringify(body), leaks)
  }
  clearInterval(drip)
})

t.test('a body that never ends is answered in the form of its dialect', async (t) => {
  const more = { 'content-length': '1000' }
  const one = open(bytes(tencent(), more))
  const other = open(bytes(alibabaRequest(credentials, 'DescribeRegions', {}), more))
  t.ok(await others())
  const first = parts(await one.closed)
  t.match(first.head, /^HTTP\/1\.1 200 OK\r\n/)
  t.match(first.body, { Response: { Error: { Code: 'InvalidRequest' }, RequestId: String } })
  const second = parts(await other.closed)
  t.match(second.head, /^HTTP\/1\.1 408 /)
  t.match(second.body, { Code: 'InvalidRequest', HttpStatus: 408 })
  for (const { head, body } of [first, second]) {
    t.match(head, /\r\nconnection: close/i)
    t.notMatch(JSON.stringify(body), leaks)
  }
})

t.test('a body in broken chunks, too', async (t) => {
  const { 'content-length': _, ...headers } = { ...tencent().headers, 'content-length': '' }
  const request = { ...tencent(), headers, body: '' }
  const text = bytes(request, { 'transfer-encoding': 'chunked' }).replace(/content-length: 0\r\n/, '')
  const { body } = parts(await open(`${text}5\r\nabcde\r\nnot a length\r\n`).closed)
  t.match(body, { Response: { Error: { Code: 'InvalidRequest', Message: /well-formed/ } } })
})

t.test('headers, an address and a body that are too large', async (t) => {
  const long = 'x'.repeat(70 * 1024)
  for (const text of [`GET / HTTP/1.1\r\nx-long: ${long}\r\n\r\n`, `GET /?${long} HTTP/1.1\r\n\r\n`]) {
    const { head, body } = parts(await open(text).closed)
    t.match(head, /^HTTP\/1\.1 431 /)
    t.match(body, { Code: 'InvalidRequest' })
  }
  const huge = { 'content-length': String(17 * mebibyte) }
  t.match(parts(await open(bytes(tencent(), huge)).closed).body, {
    Response: { Error: { Code: 'RequestSizeLimitExceeded' } },
  })
  const request = alibabaRequest(credentials, 'DescribeRegions', {})
  t.match(parts(await open(bytes(request, huge)).closed).body, { Code: 'RequestEntityTooLarge' })
  t.ok(await others())
})

t.test('garbage after a request: the request is answered first, and only once', async (t) => {
  const text = await open(
    `${bytes(tencentRequest(credentials, 'GenerateDataKey', data))}\0\x01 garbage\r\n\r\n`,
  ).closed
  const [first = '', second = '', ...rest] = text.split(/(?=HTTP\/1\.1 )/)
  t.match(first, /"Plaintext"/)
  t.match(second, /^HTTP\/1\.1 400 Bad Request\r\n[\s\S]*InvalidRequest/)
  t.same(rest, [])
  t.match(parts(await open('\x16\x03\x01\x02\x00 a TLS hello\r\n\r\n').closed).body, {
    Code: 'InvalidRequest',
  })
})

t.test('clients that go away before, within and after a request', async (t) => {
  const cut = open(bytes(tencent()).slice(0, 100))
  cut.socket.end()
  t.match(parts(await cut.closed).head, /^HTTP\/1\.1 400 /)
  const whole = open(bytes(tencentRequest(credentials, 'GenerateDataKey', data)))
  whole.socket.end()
  await whole.closed
  const gone = open(bytes(tencent(), { 'content-length': '1000' }))
  await new Promise((resolve) => setTimeout(resolve, 100))
  gone.socket.resetAndDestroy()
  t.ok(await others())
})

t.test('an idle connection is closed, one that asks again is kept', async (t) => {
  const kept = open(bytes(tencent()), '127.0.0.1', false)
  for (let count = 0; count < 3; count++) {
    await new Promise((resolve) => setTimeout(resolve, 500))
    kept.socket.write(bytes(tencent()))
  }
  t.equal((await kept.closed).match(/"Regions"/g)?.length, 4)
})

t.test('one address cannot take all connections', async (t) => {
  const flood = Array.from({ length: 60 }, () => open('', '127.0.0.2'))
  t.ok(await others(), 'another address is served')
  const texts = await Promise.all(flood.map(({ closed }) => closed))
  t.equal(texts.filter((text) => text === '').length, 20, 'closed unheard; the others had their time')
  // None of them closed its half.
  const heard = async () =>
    (await send(server.host, { ...tencent(), localAddress: '127.0.0.2' })).status === 200
  while (!(await heard().catch(() => false))) await new Promise((resolve) => setTimeout(resolve, 50))
})

t.test('only so many large bodies are read at once; small ones are not kept waiting', async (t) => {
  const large = { 'content-length': String(mebibyte) }
  const held = Array.from({ length: 18 }, () => open(bytes(tencent(), large)))
  const refusals = () => held.filter(({ soFar }) => soFar().includes('RequestLimitExceeded')).length
  while (refusals() < 2) await new Promise((resolve) => setTimeout(resolve, 20))
  t.ok(await others())
  const chunk = (length: number) => `${length.toString(16)}\r\n${' '.repeat(length)}\r\n`
  const inChunks = (length: number) => {
    const text = bytes(tencent(), { 'transfer-encoding': 'chunked' })
    const [head = '', body = ''] = text.replace(/content-length: \d+\r\n/, '').split('\r\n\r\n')
    const rest = `${chunk(length)}${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`
    return open(`${head}\r\nconnection: close\r\n\r\n${rest}`).closed
  }
  t.match(await inChunks(1024), /SignatureFailure/, 'read to its end')
  t.match(await inChunks(100 * 1024), /RequestLimitExceeded/)
  await Promise.all(held.map(({ closed }) => closed))
  t.equal(refusals(), 2)
  const body = Buffer.alloc(mebibyte, ' ')
  const { headers, path, method } = tencent()
  t.match((await send(server.host, { headers, path, method, body })).body, /InvalidParameter/, 'room again')
  t.match(await inChunks(100 * 1024), /SignatureFailure/)
})

t.test('headers for browsers wherever no API answers; nothing says what runs here', async (t) => {
  for (const [path, status] of [
    ['/healthz', 200],
    ['/readyz', 200],
    ['/nothing', 404],
  ] as const) {
    const reply = await send(server.host, { path })
    t.match(reply, {
      status,
      headers: {
        'cache-control': 'no-store',
        'content-security-policy': /^default-src 'none'/,
        'referrer-policy': 'no-referrer',
        'x-content-type-options': 'nosniff',
      },
    })
    t.notOk('server' in reply.headers || 'x-powered-by' in reply.headers)
  }
  const added = (reply: { headers: object }) =>
    Object.keys(reply.headers).filter(
      (name) => !['connection', 'content-length', 'content-type', 'date', 'keep-alive'].includes(name),
    )
  t.same(added(await send(server.host, tencent())), [], 'the clouds’ answers are theirs')
  const answer = await send(server.host, alibabaRequest(credentials, 'DescribeRegions', {}))
  t.same(added(answer), ['x-acs-request-id'])
})
