// The home of a development server: two clusters with a SoftHSM token each, an account, a sample CMK.
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { openCore } from '../app.ts'
import { type Config, loadConfig } from '../config.ts'
import { renderConfig } from '../config-template.ts'
import { hasCredentials, writeCredentials } from './credentials-file.ts'
import { Refusal } from './output.ts'
import { createSofthsmToken, findSofthsm, softhsmConfig } from './softhsm.ts'

const clusters = [
  { id: 'cls-hsm-dev00001', name: 'development A', letter: 'a', default: true },
  { id: 'cls-hsm-dev00002', name: 'development B', letter: 'b', default: false },
] as const

const accountId = '100000000001'
/** Left behind by an `init` that was cut off; what it made is then made anew. */
const marker = '.initialising'
const made = ['config.yaml', 'credentials.json', 'p11kms.db', 'p11kms.db-wal', 'p11kms.db-shm', 'tokens']

const inUse =
  'the store has access keys already; begin with config.yaml, credentials.json, PINs and tokens of a home that serves from it'

/** True when the home needs nothing more of `init`. */
export function isInitialised(home: string): boolean {
  return !existsSync(join(home, marker)) && existsSync(join(home, 'config.yaml')) && hasCredentials(home)
}

/**
 * Makes a home, or completes one that has only a config.yaml: tokens, configuration, account, access keys,
 * sample CMK. `say` hears of each step. Throws Refusal when SoftHSM is not installed, ConfigError, and what
 * opening the tokens throws.
 */
export async function initialise(home: string, say: (step: string) => void): Promise<void> {
  mkdirSync(home, { recursive: true, mode: 0o700 })
  if (existsSync(join(home, marker)))
    for (const name of made) rmSync(join(home, name), { recursive: true, force: true })
  const bare = !existsSync(join(home, 'config.yaml'))
  if (bare) {
    writeFileSync(join(home, marker), '')
    await makeTokens(home, say)
  }
  await furnish(home, loadConfig(home), say)
  rmSync(join(home, marker), { force: true })
}

async function makeTokens(home: string, say: (step: string) => void): Promise<void> {
  const module = findSofthsm()
  for (const { letter } of clusters) {
    const label = `p11kms-${letter}`
    await createSofthsmToken({ home, module, letter, label })
    say(`token ${label} in ${join(home, 'tokens', letter)}`)
  }
  const text = renderConfig({
    clusters: clusters.map(({ letter, ...cluster }) => ({
      ...cluster,
      members: [
        {
          name: `${letter}1`,
          module,
          token: `p11kms-${letter}`,
          pin: { file: `pin-${letter}` },
          env: { SOFTHSM2_CONF: softhsmConfig(letter) },
        },
      ],
    })),
  })
  writeFileSync(join(home, 'config.yaml'), text, { mode: 0o600 })
  say(`configuration ${join(home, 'config.yaml')}`)
}

async function furnish(home: string, config: Config, say: (step: string) => void): Promise<void> {
  const core = await openCore({ ...config, log: { level: 'warn' } })
  try {
    const { accounts, kms } = core
    const account = (await accounts.find(accountId)) ?? (await accounts.create('root', accountId))
    if ((await accounts.listCredentials(account.id)).length > 0) throw new Refusal(inUse)
    const tencent = await accounts.issueCredential({ accountId: account.id }, 'AKID')
    const alibaba = await accounts.issueCredential({ accountId: account.id }, 'LTAI')
    if (tencent === undefined || alibaba === undefined)
      throw new Refusal('the account has access keys already')
    say(`account ${account.id} with an access key for each cloud`)
    const { accessKeyId } = tencent
    const caller = { accountId: account.id, accessKeyId, action: 'kms:CreateKey' }
    const key = await kms.createKey(caller, {
      spec: 'AES_256',
      usage: 'ENCRYPT_DECRYPT',
      protectionLevel: 'HSM',
      description: 'sample CMK made by p11kms init',
      alias: 'sample',
      tags: [],
    })
    say(`sample CMK ${key.id} in ${key.clusterId}`)
    writeCredentials(home, {
      endpoint: `${config.tls === undefined ? 'http' : 'https'}://${config.listen.host}:${config.listen.port}`,
      accountId: account.id,
      tencent: { secretId: tencent.accessKeyId, secretKey: tencent.secret, region: config.tencent.region },
      alibaba: {
        accessKeyId: alibaba.accessKeyId,
        accessKeySecret: alibaba.secret,
        region: config.alibaba.region,
      },
      clusters: config.clusters.map(({ id }) => id),
      keyId: key.id,
    })
    say(`access keys ${join(home, 'credentials.json')}`)
  } finally {
    await core.close()
  }
}
