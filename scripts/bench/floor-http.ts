// Floor (a), a process of its own: a bare node:http server that checks a TC3 signature and answers fixed bytes.
import { createHash, createHmac, timingSafeEqual } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** What the floor is told: the secret of its one client, and the answer. */
export interface FloorJob {
  readonly secret: string
  readonly reply: string
}

process.on('disconnect', () => process.exit(0))
process.once('message', ({ secret, reply }: FloorJob) => {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => answer(request, Buffer.concat(chunks), secret, reply, response))
  })
  server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port))
})

function answer(
  { headers }: IncomingMessage,
  body: Buffer,
  secret: string,
  reply: string,
  response: ServerResponse,
): void {
  const authorization = headers.authorization ?? ''
  const [, , date = ''] = /Credential=([^/]+)\/([^/]+)/.exec(authorization) ?? []
  const [, names = ''] = /SignedHeaders=([^,]+)/.exec(authorization) ?? []
  const [, given = ''] = /Signature=(\w+)/.exec(authorization) ?? []
  const lines = names
    .split(';')
    .map((name) => `${name}:${headers[name]}\n`)
    .join('')
  const payload = createHash('sha256').update(body).digest('hex')
  const canonical = createHash('sha256').update(`POST\n/\n\n${lines}\n${names}\n${payload}`).digest('hex')
  const text = `TC3-HMAC-SHA256\n${headers['x-tc-timestamp']}\n${date}/kms/tc3_request\n${canonical}`
  const signing = [date, 'kms', 'tc3_request'].reduce<string | Buffer>(hmac, `TC3${secret}`)
  const computed = hmac(signing, text)
  const signature = Buffer.from(given, 'hex')
  const valid = signature.length === computed.length && timingSafeEqual(signature, computed)
  JSON.parse(body.toString())
  response.writeHead(valid ? 200 : 403, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(reply),
  })
  response.end(reply)
}

function hmac(key: string | Buffer, data: string): Buffer {
  return createHmac('sha256', key).update(data).digest()
}
