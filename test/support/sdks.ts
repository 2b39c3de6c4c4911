// The clouds' own SDKs, unmodified, pointed at a test server as their users would point them.
import { createRequire } from 'node:module'
import type { CredentialsFile } from '../../src/cli/credentials-file.ts'

const require = createRequire(import.meta.url)

/** An access key that may be a temporary one. */
type AlibabaAccess = CredentialsFile['alibaba'] & { readonly securityToken?: string }

export type Reply = Record<string, unknown> & { RequestId?: string }
/** One call of an action through an SDK. Rejects as the SDK rejects. */
export type Call = (action: string, input: Record<string, unknown>) => Promise<Reply>

interface TencentProfile {
  readonly signMethod?: string
  readonly reqMethod?: string
}

/** tencentcloud-sdk-nodejs: TC3 by default. */
export function tencentSdk(credentials: CredentialsFile, profile: TencentProfile = {}): Call {
  const { Client } = require('tencentcloud-sdk-nodejs').kms.v20190118
  const { signMethod, reqMethod } = profile
  const client = new Client({
    credential: credentials.tencent,
    region: credentials.tencent.region,
    profile: {
      ...(signMethod === undefined ? {} : { signMethod }),
      httpProfile: {
        protocol: 'http://',
        endpoint: new URL(credentials.endpoint).host,
        ...(reqMethod === undefined ? {} : { reqMethod }),
      },
    },
  })
  return (action, input) => client[action](input)
}

/** tencentcloud-sdk-nodejs-intl-en: v1 HmacSHA256 by default. */
export function tencentIntlSdk(credentials: CredentialsFile, profile: TencentProfile = {}): Call {
  const sdk = require('tencentcloud-sdk-nodejs-intl-en')
  const { Credential, ClientProfile, HttpProfile } = sdk.common
  const { Client, Models } = sdk.kms.v20190118
  const httpProfile = new HttpProfile()
  httpProfile.protocol = 'http://'
  httpProfile.endpoint = new URL(credentials.endpoint).host
  if (profile.reqMethod !== undefined) httpProfile.reqMethod = profile.reqMethod
  const clientProfile = new ClientProfile()
  if (profile.signMethod !== undefined) clientProfile.signMethod = profile.signMethod
  clientProfile.httpProfile = httpProfile
  const { secretId, secretKey, region } = credentials.tencent
  const client = new Client(new Credential(secretId, secretKey), region, clientProfile)
  return (action, input) =>
    new Promise((resolve, reject) => {
      const request = new Models[`${action}Request`]()
      request.from_json_string(JSON.stringify(input))
      client[action](request, (error: unknown, response: { to_json_string(): string }) => {
        if (error) reject(error)
        else resolve(JSON.parse(response.to_json_string()) as Reply)
      })
    })
}

/** @alicloud/pop-core: RPC, HMAC-SHA1, GET or POST. */
export function popCore(credentials: CredentialsFile, method: 'GET' | 'POST' = 'POST'): Call {
  const Core = require('@alicloud/pop-core')
  const { accessKeyId, accessKeySecret, securityToken } = credentials.alibaba as AlibabaAccess
  const client = new Core({
    accessKeyId,
    accessKeySecret,
    securityToken,
    endpoint: credentials.endpoint,
    apiVersion: '2016-01-20',
  })
  return (action, input) => client.request(action, input, { method })
}

/** @alicloud/kms20160120 1.x: RPC, everything in the query of a POST. */
export function kms20160120(credentials: CredentialsFile): Call {
  const kms = require('@alicloud/kms20160120')
  const { Config } = require('@alicloud/rpc-client')
  const { accessKeyId, accessKeySecret, region: regionId } = credentials.alibaba
  const endpoint = new URL(credentials.endpoint).host
  const client = new kms.default(
    new Config({ accessKeyId, accessKeySecret, regionId, endpoint, protocol: 'http', type: 'access_key' }),
  )
  const { RuntimeOptions } = require('@alicloud/tea-util')
  return async (action, input) => {
    const name = `${action[0]?.toLowerCase()}${action.slice(1)}`
    const request = new kms[`${action}Request`](lowerFirst(input))
    const response = await client[name](request, new RuntimeOptions({}))
    return upperFirst(response)
  }
}

/** @alicloud/openapi-core: ACS3, SHA256 or SM3, parameters in the query. */
export function openapiCore(credentials: CredentialsFile, signatureAlgorithm?: string): Call {
  const { $OpenApiUtil, default: Client } = require('@alicloud/openapi-core')
  const { accessKeyId, accessKeySecret, region: regionId } = credentials.alibaba
  const config = new $OpenApiUtil.Config({
    accessKeyId,
    accessKeySecret,
    regionId,
    endpoint: new URL(credentials.endpoint).host,
    protocol: 'http',
    ...(signatureAlgorithm === undefined ? {} : { signatureAlgorithm }),
  })
  const client = new Client(config)
  return async (action, input) => {
    const params = new $OpenApiUtil.Params({
      action,
      version: '2016-01-20',
      protocol: 'HTTP',
      pathname: '/',
      method: 'POST',
      authType: 'AK',
      style: 'RPC',
      reqBodyType: 'formData',
      bodyType: 'json',
    })
    const query = Object.fromEntries(Object.entries(input).map(([name, value]) => [name, String(value)]))
    const { RuntimeOptions } = require('@darabonba/typescript')
    const response = await client.callApi(
      params,
      new $OpenApiUtil.OpenApiRequest({ query }),
      new RuntimeOptions({}),
    )
    return response.body as Reply
  }
}

function lowerFirst(input: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(input).map(([name, value]) => [`${name[0]?.toLowerCase()}${name.slice(1)}`, value]),
  )
}

function upperFirst(value: object): Reply {
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [`${name[0]?.toUpperCase()}${name.slice(1)}`, member]),
  )
}
