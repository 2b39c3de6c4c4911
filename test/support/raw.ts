// Raw requests, signed by us or wrong on purpose, for what no SDK would send.
import { request } from 'node:http'
import type { CredentialsFile } from '../../src/cli/credentials-file.ts'
import { rpcSignature, rpcStringToSign, sign as signAlibaba } from '../../src/dialects/alibaba/signature.ts'
import type { SignedRequest } from '../../src/dialects/dialect.ts'
import { sign as signTencent, v1Signature, v1StringToSign } from '../../src/dialects/tencent/signature.ts'

export interface RawReply {
  readonly status: number
  readonly headers: Record<string, string | string[] | undefined>
  readonly body: string
}

export interface RawRequest {
  readonly method?: string
  readonly path?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Buffer
  /** The address of this machine to send from. */
  readonly localAddress?: string
}

/** Sends a request exactly as given; `host` is `name:port`. */
export function send(
  host: string,
  { method = 'GET', path = '/', headers = {}, body = '', localAddress }: RawRequest,
): Promise<RawReply> {
  const [hostname = '', port = ''] = host.split(':')
  return new Promise((resolve, reject) => {
    const sent = request(
      {
        hostname,
        port,
        localAddress,
        method,
        path,
        headers: { ...headers, 'content-length': Buffer.byteLength(body) },
      },
      (response) => {
        const chunks: Buffer[] = []
        response.on('data', (chunk: Buffer) => chunks.push(chunk))
        response.on('end', () => {
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            body: Buffer.concat(chunks).toString(),
          })
        })
        response.on('error', reject)
      },
    )
    sent.on('error', reject)
    sent.end(body)
  })
}

/** A TC3 request, to be sent as it is or changed first. */
export function tencentRequest(
  credentials: CredentialsFile,
  action: string,
  input: object,
  now = Date.now(),
): SignedRequest {
  const { secretId, secretKey, region } = credentials.tencent
  const host = new URL(credentials.endpoint).host
  const credential = { accessKeyId: secretId, secret: secretKey }
  return signTencent({ action, input: input as Record<string, unknown>, credential, host, region, now })
}

/** A signed v1 GET. */
export function tencentV1Path(
  credentials: CredentialsFile,
  fields: Readonly<Record<string, string>>,
): string {
  const { secretId, secretKey, region } = credentials.tencent
  const host = new URL(credentials.endpoint).host
  const common = {
    Version: '2019-01-18',
    Region: region,
    Nonce: '1',
    SecretId: secretId,
    Timestamp: String(Math.floor(Date.now() / 1000)),
  }
  const pairs = Object.entries({ ...common, ...fields })
  const signature = v1Signature(secretKey, fields.SignatureMethod, v1StringToSign('GET', host, pairs))
  return `/?${new URLSearchParams([...pairs, ['Signature', signature]])}`
}

/** An ACS3 request. */
export function alibabaRequest(
  credentials: CredentialsFile,
  action: string,
  input: object,
  now = Date.now(),
): SignedRequest {
  const { accessKeyId, accessKeySecret, region } = credentials.alibaba
  const host = new URL(credentials.endpoint).host
  const credential = { accessKeyId, secret: accessKeySecret }
  return signAlibaba({ action, input: input as Record<string, unknown>, credential, host, region, now })
}

/** A signed RPC GET. Fields given as undefined are left out. */
export function alibabaRpcPath(
  credentials: CredentialsFile,
  fields: Readonly<Record<string, string | undefined>>,
): string {
  const { accessKeyId, accessKeySecret } = credentials.alibaba
  const common: Record<string, string | undefined> = {
    AccessKeyId: accessKeyId,
    Version: '2016-01-20',
    SignatureMethod: 'HMAC-SHA1',
    SignatureVersion: '1.0',
    SignatureNonce: String(Math.random()),
    Timestamp: `${new Date().toISOString().slice(0, 19)}Z`,
    ...fields,
  }
  const pairs = Object.entries(common).filter((pair): pair is [string, string] => pair[1] !== undefined)
  const signature =
    rpcSignature(accessKeySecret, common.SignatureMethod ?? '', rpcStringToSign('GET', pairs)) ?? 'none'
  return `/?${new URLSearchParams([...pairs, ['Signature', signature]])}`
}
