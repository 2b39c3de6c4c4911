// `doctor`: looks at everything a start needs and says what is wrong with it.
import { statSync } from 'node:fs'
import { Command } from 'commander'
import { type Core, openCore } from '../../app.ts'
import { type Config, homeDirectory, loadConfig } from '../../config.ts'
import { exposedCredentials } from '../credentials-file.ts'
import { columns, explain, printJson, printLines } from '../output.ts'

interface Check {
  readonly name: string
  readonly ok: boolean
  readonly detail: string
}

export function doctorCommand(): Command {
  return new Command('doctor')
    .description('check the home, the configuration, every token (login, wrap and unwrap) and the store')
    .option('--json', 'print the checks as one JSON object')
    .action(async ({ json }: { json?: boolean }) => {
      const checks = await examine(homeDirectory())
      const ok = checks.every((check) => check.ok)
      if (json === true) printJson({ ok, checks })
      else
        printLines(
          columns(checks.map((check) => [`${check.ok ? 'ok  ' : 'FAIL'}  ${check.name}`, check.detail])),
        )
      process.exitCode = ok ? 0 : 1
    })
}

async function examine(home: string): Promise<Check[]> {
  const checks: Check[] = [{ name: 'node', ok: true, detail: process.version }]
  let config: Config
  try {
    config = loadConfig(home)
    checks.push({ name: 'configuration', ok: true, detail: `${home}/config.yaml` })
  } catch (error) {
    return [...checks, { name: 'configuration', ok: false, detail: explain(error) }]
  }
  checks.push(permissions(home), credentials(home))
  let core: Core
  try {
    core = await openCore({ ...config, log: { level: 'silent' } })
  } catch (error) {
    return [...checks, { name: 'tokens and store', ok: false, detail: explain(error) }]
  }
  try {
    return [...checks, ...(await readiness(core))]
  } finally {
    await core.close()
  }
}

function permissions(home: string): Check {
  const mode = statSync(home).mode & 0o077
  const detail =
    mode === 0 ? 'readable by its owner only' : `${home} is open to others; run: chmod 700 ${home}`
  return { name: 'home', ok: mode === 0, detail }
}

function credentials(home: string): Check {
  const problem = exposedCredentials(home)
  return { name: 'access keys', ok: problem === undefined, detail: problem ?? 'readable by their owner only' }
}

async function readiness(core: Core): Promise<Check[]> {
  const { store, clusters } = await core.readiness()
  const status = core.clusters()
  const tokens = Object.entries(clusters).map(([id, { ready, error }]) => {
    const members = status.find((cluster) => cluster.id === id)?.members ?? []
    const about = members.map(({ name, state, token, card, detail }) =>
      token === undefined || card === undefined
        ? `${name} ${state}: ${detail ?? ''}`
        : `${name} ${state}, ${token.label}, ${token.model}, serial ${token.serial}, ${token.library}, ${card.strategy}, payloads to ${card.maxPayload} bytes`,
    )
    const whole = ready && members.every(({ state }) => state === 'ready')
    const lead = ready ? 'wrap and unwrap hold' : (error ?? '')
    return { name: `cluster ${id}`, ok: whole, detail: [lead, ...about].join('; ') }
  })
  return [{ name: 'store', ok: store.ready, detail: store.error ?? 'answers' }, ...tokens]
}
