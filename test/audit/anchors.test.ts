// Heads sent outside: to a file and to a real webhook, which may be away, slow or unwilling; and what they prove later.
import { once } from 'node:events'
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { type AnchorOptions, createOutsideAnchors, readAnchors } from '../../src/audit/anchors.ts'
import { verifyLog } from '../../src/audit/verify.ts'
import { eventually } from '../support/until.ts'
import { createNotary, openLog, record } from './log.ts'

const head = (seq: number) => ({ chain: 'main', seq, hash: 'f'.repeat(64), time: 1, signature: 'c2ln' })

/** A webhook that answers as it is told; what it got. */
async function startWebhook(t: Test, answer: (response: ServerResponse) => void) {
  const got: unknown[] = []
  const state = { answer }
  const server = createServer((request, response) => {
    let text = ''
    request.on('data', (chunk: Buffer) => {
      text += chunk.toString()
    })
    request.on('end', () => {
      got.push({ method: request.method, type: request.headers['content-type'], ...JSON.parse(text) })
      state.answer(response)
    })
  })
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  return { got, state, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/heads?key=hidden` }
}

const ok = (response: ServerResponse) => void response.end('thanks')
const status = (code: number) => (response: ServerResponse) => void response.writeHead(code).end()

function make(options: Partial<AnchorOptions>) {
  const events: string[] = []
  const anchors = createOutsideAnchors({
    backOff: { first: 10, last: 40 },
    timeout: 500,
    onEvent: (event, facts) => events.push(`${event} ${JSON.stringify(facts)}`),
    ...options,
  })
  return { anchors, events }
}

t.test('a head goes to every place; sending waits for none', async (t) => {
  const file = join(t.testdir(), 'heads.jsonl')
  const { got, url } = await startWebhook(t, ok)
  const { anchors, events } = make({ file, webhook: url })
  anchors.send(head(1))
  t.same(got, [], 'nothing has been waited for')
  await anchors.close()
  t.same(got, [{ method: 'POST', type: 'application/json', ...head(1) }])
  t.equal(readFileSync(file, 'utf8'), `${JSON.stringify(head(1))}\n`)
  t.equal(statSync(file).mode & 0o777, 0o600)
  const again = make({ file })
  again.anchors.send(head(2))
  await again.anchors.close()
  t.same(
    readAnchors(readFileSync(file, 'utf8')).map(({ seq }) => seq),
    [1, 2],
    'appended',
  )
  t.same([...events, ...again.events], [])
  t.equal(anchors.warning, undefined)
})

t.test('without any place nothing is done', async (t) => {
  const { anchors, events } = make({})
  anchors.send(head(1))
  await anchors.close()
  t.same(events, [])
  t.equal(anchors.warning, undefined)
})

t.test(
  'a webhook that refuses is asked again, with the newest; said once, and once when it is over',
  async (t) => {
    const { got, url, state } = await startWebhook(t, status(503))
    const { anchors, events } = make({ webhook: url })
    anchors.send(head(1))
    await eventually(() => got.length >= 4)
    t.equal(anchors.warning, 'audit.anchor.webhook: answered 503')
    anchors.send(head(2))
    anchors.send(head(3))
    state.answer = ok
    await eventually(() => anchors.warning === undefined)
    await anchors.close()
    t.match(got.at(-1), head(3))
    t.notOk(
      got.some((sent) => (sent as { seq: number }).seq === 2),
      'the newest says all',
    )
    t.same(events, [
      'a head of the audit log could not be anchored outside {"problem":"audit.anchor.webhook: answered 503"}',
      'heads of the audit log are anchored outside again {"problem":"audit.anchor.webhook: answered 503"}',
    ])
  },
)

t.test('a webhook that is not there, redirects, or hangs; its address is never said', async (t) => {
  const closed = createServer().listen(0, '127.0.0.1')
  await once(closed, 'listening')
  const { port } = closed.address() as AddressInfo
  closed.close()
  await once(closed, 'close')
  const gone = make({ webhook: `http://127.0.0.1:${port}/heads?key=hidden` })
  gone.anchors.send(head(1))
  await eventually(() => gone.anchors.warning !== undefined)
  t.equal(gone.anchors.warning, 'audit.anchor.webhook: ECONNREFUSED')
  const { url } = await startWebhook(t, (response) => void response.writeHead(302, { location: '/' }).end())
  const moved = make({ webhook: url })
  moved.anchors.send(head(1))
  await eventually(() => moved.anchors.warning !== undefined)
  const hanging = await startWebhook(t, () => {})
  const slow = make({ webhook: hanging.url })
  slow.anchors.send(head(1))
  await eventually(() => slow.anchors.warning !== undefined)
  t.equal(slow.anchors.warning, 'audit.anchor.webhook: no answer in time')
  for (const { anchors, events } of [gone, moved, slow]) {
    t.notMatch(`${events}${anchors.warning}`, /127\.0\.0\.1|hidden/)
    await anchors.close()
  }
})

t.test('a file that cannot be written, until it can', async (t) => {
  const folder = join(t.testdir(), 'away')
  const { anchors, events } = make({ file: join(folder, 'heads.jsonl') })
  anchors.send(head(1))
  await eventually(() => anchors.warning !== undefined)
  t.equal(anchors.warning, 'audit.anchor.file: ENOENT')
  mkdirSync(folder)
  await eventually(() => anchors.warning === undefined)
  await anchors.close()
  t.equal(events.length, 2)
  t.same(readAnchors(readFileSync(join(folder, 'heads.jsonl'), 'utf8')).length, 1)
})

t.test('what an anchor file may hold', async (t) => {
  const line = JSON.stringify(head(1))
  const { time: _time, signature: _signature, ...anchor } = head(1)
  t.same(readAnchors(`${line}\n${line}\n{"cut`), [anchor, anchor], 'a last line that was cut off')
  t.same(readAnchors(JSON.stringify(anchor)), [anchor], 'unsigned, without an end')
  const { publicKey } = createNotary()
  t.throws(() => readAnchors(`${line}\n`, publicKey), { message: 'line 1 is not signed by the token' })
  for (const wrong of ['', 'x', '1', 'null', '{}', '{"chain":"main","seq":"1","hash":""}'])
    t.throws(
      () => readAnchors(`${line}\n${wrong}\n`),
      { message: 'line 2 is no head of an audit log' },
      wrong,
    )
})

t.test('a log that was rolled back, shortened or written anew is found by them alone', async (t) => {
  const folder = join(t.testdir(), 'audit')
  const older = join(t.testdir(), 'older')
  const file = join(t.testdir({}), 'heads.jsonl')
  const notary = createNotary()
  const { anchors } = make({ file })
  const { sign } = notary
  Object.assign(notary, {
    async sign(head: Parameters<typeof sign>[0]) {
      const signature = await sign(head)
      anchors.send({ ...head, time: 1, signature })
      return signature
    },
  })
  const trail = await openLog(folder, notary)
  const heads = () => readAnchors(readFileSync(file, 'utf8'), notary.publicKey)
  for (let group = 0; group < 3; group++) {
    for (let count = 0; count < 5; count++) await trail.append(record())
    await trail.signHead()
    await eventually(() => {
      try {
        return heads().length === group + 1
      } catch {
        return false
      }
    })
    if (group === 1) cpSync(folder, older, { recursive: true })
  }
  await trail.close()
  await anchors.close()
  const verify = (of: string, publicKey = notary.publicKey) =>
    verifyLog({ folder: of, publicKey, outside: heads() })
  t.same(verify(folder), { ok: true, records: 15 })
  t.match(verify(older), { ok: false, wrong: { problem: /the log ends at 13; the anchor file has seen 18/ } })
  const [name = ''] = readdirSync(folder)
  const lines = readFileSync(join(folder, name), 'utf8').split('\n')
  writeFileSync(join(folder, name), `${lines.slice(0, 17).join('\n')}\n`)
  t.match(verify(folder), { ok: false, wrong: { problem: /the anchor file has seen 18/ } })
  // Whoever has the token can sign another history; it is not the one that was seen.
  rmSync(folder, { recursive: true })
  Object.assign(notary, { sign })
  const another = await openLog(folder, notary)
  for (let count = 0; count < 30; count++) await another.append(record())
  await another.close()
  t.ok(verifyLog({ folder, publicKey: notary.publicKey, anchors: notary.anchors }).ok)
  t.match(verify(folder), {
    ok: false,
    wrong: { line: 6, problem: /not the line that the anchor file has seen/ },
  })
  rmSync(folder, { recursive: true })
  t.match(verify(folder), { ok: false, wrong: { problem: /the log ends at 0; the anchor file has seen 18/ } })
})
