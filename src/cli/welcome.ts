// What a person sees when the server is up: what is where, and a first call to paste.
import { relative } from 'node:path'
import type { ClusterStatus } from '../app.ts'
import { columns } from './output.ts'

/** Lines for the terminal; no secret among them, the snippet reads credentials.json. */
export function welcome(
  home: string,
  endpoint: string,
  clusters: readonly ClusterStatus[],
  keyId: string,
): string[] {
  const below = relative(process.cwd(), home)
  const near = below === '' ? '.' : below.startsWith('..') ? home : below
  const tokens = clusters.flatMap(({ id, members }) =>
    members.map(({ state, token }): [string, string] => {
      const about =
        token === undefined ? '' : `, token ${token.label} (${token.model}, serial ${token.serial})`
      return ['cluster', `${id}: ${state}${about}`]
    }),
  )
  return [
    '',
    ...columns([
      ['home', home],
      ['access keys', `${near}/credentials.json`],
      ...tokens,
      ['sample CMK', keyId],
      ['endpoint', `${endpoint} (Tencent Cloud KMS and Alibaba Cloud KMS)`],
    ]),
    '',
    '  A first data key, from another terminal:',
    '',
    `    scripts/p11kms call tencent GenerateDataKey '{"KeyId":"${keyId}","KeySpec":"AES_256"}'`,
    '',
    "  The same with Tencent's own SDK (paste into a `node` started here):",
    '',
    ...snippet(near).map((line) => `    ${line}`),
    '',
  ]
}

function snippet(home: string): string[] {
  return [
    `const { endpoint, tencent, keyId } = JSON.parse(require('fs').readFileSync('${home}/credentials.json'))`,
    "const { Client } = require('tencentcloud-sdk-nodejs').kms.v20190118",
    "const httpProfile = { protocol: 'http://', endpoint: new URL(endpoint).host }",
    'const kms = new Client({ credential: tencent, region: tencent.region, profile: { httpProfile } })',
    "await kms.GenerateDataKey({ KeyId: keyId, KeySpec: 'AES_256' })",
  ]
}
