// The service under measurement: a home of its own with everything on, its server, and who asks it.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { editConfig, loadConfig } from '../../src/config.ts'
import { makeHome, type Scope, type TestHome } from '../../test/support/server.ts'
import type { LoadJob, Target } from './job.ts'
import type { Measured } from './load-client.ts'
import type { TokenAccess } from './open-token.ts'

/** A home with a user beside the account's root, and limits that count and never refuse. */
export interface BenchHome extends TestHome {
  readonly keyId: string
  /** The account's own access key, and a user's who is allowed what its policy says. */
  readonly root: Target['credential']
  readonly user: Target['credential']
}

/** How to reach a token, and what the process that loads its library must find in the environment. */
export interface ReachedToken {
  readonly access: TokenAccess
  readonly env: Readonly<Record<string, string>>
}

/** A running server of such a home. */
export interface Service extends BenchHome {
  readonly host: string
  readonly pid: number
  /** Milliseconds from its start until it listened. */
  readonly started: number
  /** Lines of its log so far. */
  readonly output: readonly string[]
}

const actions = ['GenerateDataKey', 'GenerateDataKeyWithoutPlaintext', 'Encrypt', 'Decrypt']
const unreachable = 1_000_000_000

/** Makes the home, in a folder for temporary files or another. Throws when a command of the CLI fails. */
export async function makeBenchHome(owner: Scope, parent?: string): Promise<BenchHome> {
  const home = makeHome(owner, {}, parent)
  await run(home, 'init')
  const rates = Object.fromEntries(actions.map((action) => [action, unreachable]))
  editConfig(home.home, ['limits', 'rates'], { tencent: rates, alibaba: rates })
  const { accountId, keyId, tencent } = home.credentials()
  const policy = join(home.home, 'policy.json')
  writeFileSync(policy, JSON.stringify(policyOf(accountId, keyId)))
  await run(home, 'user', 'create', 'bench')
  await run(home, 'policy', 'put', '--user', 'bench', '--file', policy)
  const made = await run(home, 'credential', 'create', '--user', 'bench', '--json')
  const { accessKeyId, secret } = JSON.parse(made) as { accessKeyId: string; secret: string }
  return {
    ...home,
    keyId,
    root: { accessKeyId: tencent.secretId, secret: tencent.secretKey },
    user: { accessKeyId, secret },
  }
}

/** Starts the home's server; environment variables override its configuration. */
export async function startService(home: BenchHome, env: NodeJS.ProcessEnv = {}): Promise<Service> {
  const before = performance.now()
  const server = await home.serve({ P11KMS_LOG_LEVEL: 'warn', ...env })
  const started = performance.now() - before
  return { ...home, host: server.host, pid: server.process.pid ?? 0, started, output: server.output }
}

/** The token of the home's first cluster, or of its second, for which the server has no work. */
export function tokenOf({ home }: TestHome, cluster: 0 | 1): ReachedToken {
  const member = loadConfig(home).clusters[cluster]?.members[0]
  if (member === undefined) throw new Error('a bench home has two clusters')
  const pin = readFileSync(join(home, member.pin.file ?? ''), 'utf8').trim()
  return {
    access: { module: member.module, token: member.token, pin },
    env: { SOFTHSM2_CONF: join(home, member.env.SOFTHSM2_CONF ?? '') },
  }
}

/** Connections that keep one server busy without its queue becoming the measure. */
export const connections = 64

/** Data keys by Tencent's signature: what the bar is about. */
export function generateJob(target: Target, keyId: string, seconds: number): LoadJob {
  return {
    host: target.host,
    credential: target.credential,
    dialect: 'tencent',
    action: 'GenerateDataKey',
    inputs: [{ KeyId: keyId, KeySpec: 'AES_256' }],
    connections,
    warmUpSeconds: 2,
    seconds,
  }
}

/** For a row's note. */
export function rateOf({ rate }: Pick<Measured, 'rate'>): string {
  return `${Math.round(rate).toLocaleString('en')}/s`
}

function policyOf(accountId: string, keyId: string): object {
  return {
    version: '2.0',
    statement: [
      {
        effect: 'allow',
        action: actions.map((action) => `kms:${action}`),
        resource: [
          `qcs::kms:*:uin/${accountId}:key/creatorUin/*/${keyId}`,
          `acs:kms:*:${accountId}:key/${keyId}`,
        ],
      },
      { effect: 'deny', action: 'kms:ScheduleKeyDeletion', resource: '*' },
    ],
  }
}

async function run(home: TestHome, ...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await home.run(...args)
  if (code !== 0) throw new Error(`p11kms ${args.join(' ')}: ${stderr}`)
  return stdout
}
