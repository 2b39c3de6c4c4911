// The configuration: config.yaml and the environment over it, checked. The only reader of the environment.
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { Ajv, type ErrorObject } from 'ajv'
import type { Static, TSchema } from 'typebox'
import { parse, parseDocument } from 'yaml'
import { configSchema } from './config-schema.ts'
import { ExposedFileError, readSecretFile } from './secret-file.ts'

/** config.yaml as written, defaults filled in; paths still as given. */
export type ConfigFile = Static<typeof configSchema>

/** Where the home is, and its configuration. Paths and PINs are resolved; frozen. */
export interface Config extends ConfigFile {
  readonly home: string
  readonly pins: ReadonlyMap<string, string>
  /** The store's, when it is not in its URL. */
  readonly storePassword?: string
  /** The contents of the listener's files. */
  readonly tls?: TlsFiles
  /** Environment token processes start from: the service's own, less what is ours. */
  readonly tokenEnvironment: Readonly<Record<string, string>>
}

/** PEM. */
export interface TlsFiles {
  readonly cert: string
  readonly key: string
  readonly clientCa?: string
}

/** One clear line naming the option that cannot be used. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'

  constructor(option: string, problem: string) {
    super(`config: ${option}: ${problem}`)
  }
}

/** The home: P11KMS_HOME, or `.p11kms` here. */
export function homeDirectory(): string {
  return resolve(process.env.P11KMS_HOME ?? '.p11kms')
}

/** Reads config.yaml of a home and the environment over it. Throws ConfigError. */
export function loadConfig(home = homeDirectory()): Config {
  const file = join(home, 'config.yaml')
  if (!existsSync(file)) throw new ConfigError('P11KMS_HOME', `no config.yaml in ${home}; run: p11kms init`)
  const config = checkConfig(applyEnvironment(readYaml(file), process.env))
  const pins = new Map<string, string>()
  const secretVariables = new Set<string>()
  for (const [index, cluster] of config.clusters.entries()) {
    for (const [position, member] of cluster.members.entries()) {
      const option = `clusters.${index}.members.${position}`
      const module = resolve(home, member.module)
      if (!existsSync(module)) throw new ConfigError(`${option}.module`, `${module} is not there`)
      pins.set(`${cluster.id}/${member.name}`, readSource(home, `${option}.pin`, member.pin))
      if (member.pin.env !== undefined) secretVariables.add(member.pin.env)
    }
  }
  const { password } = config.store
  if (password?.env !== undefined) secretVariables.add(password.env)
  const tls = readTls(home, config.listen.tls)
  const files = {
    ...(tls === undefined ? {} : { tls }),
    ...(password === undefined ? {} : { storePassword: readSource(home, 'store.password', password) }),
  }
  return Object.freeze({
    ...config,
    ...files,
    home,
    pins,
    tokenEnvironment: libraryEnvironment(secretVariables),
  })
}

/** Writes a value into config.yaml at a path of names and indexes, in one step; comments stay. */
export function editConfig(home: string, path: readonly (string | number)[], value: unknown): void {
  const file = join(home, 'config.yaml')
  const document = parseDocument(readFileSync(file, 'utf8'))
  document.setIn(path, document.createNode(value))
  writeFileSync(`${file}.new`, String(document), { mode: 0o600 })
  renameSync(`${file}.new`, file)
}

/** The PIN of a member as it is written now. Throws ConfigError. */
export function currentPin(config: Config, clusterId: string, member: string): string {
  const index = config.clusters.findIndex(({ id }) => id === clusterId)
  const position = config.clusters[index]?.members.findIndex(({ name }) => name === member) ?? -1
  const pin = config.clusters[index]?.members[position]?.pin
  if (pin === undefined) throw new ConfigError('clusters', `there is no member ${member} in ${clusterId}`)
  return readSource(config.home, `clusters.${index}.members.${position}.pin`, pin)
}

/** Fills defaults and checks a parsed config.yaml. Throws ConfigError naming the first wrong option. */
export function checkConfig(input: unknown): ConfigFile {
  if (typeof input !== 'object' || input === null || Array.isArray(input)) {
    throw new ConfigError('config.yaml', 'must be a mapping of options')
  }
  const validate = new Ajv({
    strict: false,
    useDefaults: true,
    allErrors: false,
    verbose: true,
  }).compile<ConfigFile>(configSchema)
  // A section whose options are all commented out reads as null: it is there, and empty.
  const config: unknown = structuredClone(
    Object.fromEntries(Object.entries(input).filter(([, value]) => value !== null)),
  )
  if (!validate(config)) {
    // A union reports its branches first and itself last.
    const error = validate.errors?.at(-1)
    const path = (error?.instancePath ?? '')
      .slice(1)
      .split('/')
      .filter((part) => part !== '')
    const missing = error?.params.missingProperty ?? error?.params.additionalProperty
    const option = [...path, ...(typeof missing === 'string' ? [missing] : [])].join('.')
    const unknown = error?.keyword === 'additionalProperties'
    throw new ConfigError(option, unknown ? 'is not an option' : problemOf(error))
  }
  requireDistinct(
    config.clusters.map(({ id }) => id),
    'clusters',
    'id',
  )
  const defaults = config.clusters.filter((cluster) => cluster.default)
  if (defaults.length > 1) throw new ConfigError('clusters', 'more than one has default: true')
  const [first] = config.clusters
  if (defaults.length === 0 && first !== undefined) first.default = true
  return config
}

function problemOf(error: ErrorObject | undefined): string {
  if (error?.keyword === 'required') return 'is missing'
  const schema = error?.parentSchema as {
    anyOf?: { const?: unknown }[]
    const?: unknown
    description?: string
  }
  const choices = schema?.anyOf?.flatMap((choice) =>
    choice.const === undefined ? [] : [String(choice.const)],
  )
  const problem =
    choices !== undefined
      ? `must be one of ${choices.join(', ')}`
      : schema?.const !== undefined
        ? `must be ${String(schema.const)}`
        : (error?.message ?? 'is not usable')
  return schema?.description === undefined ? problem : `${problem} (${schema.description})`
}

function requireDistinct(names: readonly string[], option: string, member: string): void {
  const twice = names.find((name, index) => names.indexOf(name) !== index)
  if (twice !== undefined) throw new ConfigError(option, `${member} ${twice} is there twice`)
}

function readYaml(file: string): unknown {
  try {
    return parse(readFileSync(file, 'utf8'))
  } catch (error) {
    throw new ConfigError(
      'config.yaml',
      error instanceof Error ? (error.message.split('\n')[0] ?? '') : 'unreadable',
    )
  }
}

function readTls(home: string, tls: ConfigFile['listen']['tls']): TlsFiles | undefined {
  if (tls === undefined) return undefined
  const read = (option: 'cert' | 'clientCa', path: string) => {
    const file = resolve(home, path)
    try {
      return readFileSync(file, 'utf8')
    } catch {
      throw new ConfigError(`listen.tls.${option}`, `${file} cannot be read`)
    }
  }
  return {
    cert: read('cert', tls.cert),
    key: readSecret(home, 'listen.tls.key', tls.key),
    ...(tls.clientCa === undefined ? {} : { clientCa: read('clientCa', tls.clientCa) }),
  }
}

function readSource(home: string, option: string, source: { file?: string; env?: string }): string {
  if (source.env !== undefined) {
    const value = process.env[source.env]
    if (value === undefined || value === '')
      throw new ConfigError(`${option}.env`, `${source.env} is not set`)
    return value
  }
  return readSecret(home, `${option}.file`, source.file ?? '').replace(/\r?\n$/, '')
}

function readSecret(home: string, option: string, path: string): string {
  const file = resolve(home, path)
  try {
    return readSecretFile(file)
  } catch (error) {
    throw new ConfigError(
      option,
      error instanceof ExposedFileError ? error.message : `${file} cannot be read`,
    )
  }
}

type Described = TSchema & { type?: string; properties?: Record<string, Described> }

/** Overlays `P11KMS_<SECTION>_<OPTION>` (and P11KMS_PORT, P11KMS_HOST) on a parsed config.yaml. */
function applyEnvironment(input: unknown, environment: NodeJS.ProcessEnv): unknown {
  if (typeof input !== 'object' || input === null || Array.isArray(input)) return input
  const config = structuredClone(input) as Record<string, unknown>
  for (const [names, option] of scalarOptions(configSchema as Described)) {
    const short = names[0] === 'listen' ? environment[variable(names.slice(1))] : undefined
    const text = environment[variable(names)] ?? short
    if (text === undefined) continue
    const value = option.type === 'integer' && /^-?\d+$/.test(text) ? Number(text) : text
    setOption(config, names, value)
  }
  return config
}

function setOption(
  section: Record<string, unknown>,
  [name = '', ...rest]: readonly string[],
  value: unknown,
): void {
  if (rest.length === 0) section[name] = value
  else {
    const inner = { ...(section[name] as Record<string, unknown> | null | undefined) }
    setOption(inner, rest, value)
    section[name] = inner
  }
}

function scalarOptions(root: Described): [string[], Described][] {
  return Object.entries(root.properties ?? {}).flatMap(([name, option]): [string[], Described][] => {
    if (option.type === 'array') return []
    if (option.type !== 'object') return [[[name], option]]
    return scalarOptions(option).map(([names, inner]) => [[name, ...names], inner])
  })
}

function variable(names: readonly string[]): string {
  const words = names.map((name) => name.replaceAll(/([A-Z])/g, '_$1').toUpperCase())
  return ['P11KMS', ...words].join('_')
}

/** What the PostgreSQL driver reads by itself when the URL holds no password. */
const driverSecret = 'PGPASSWORD'

/**
 * The environment for processes that load a vendor's library: the service's own, without PINs, passwords and our
 * settings, which are none of its business.
 */
export function libraryEnvironment(secretVariables: ReadonlySet<string> = new Set()): Record<string, string> {
  const isOurs = (name: string) =>
    name.startsWith('P11KMS_') || name === driverSecret || secretVariables.has(name)
  const kept = Object.entries(process.env).filter(([name, value]) => value !== undefined && !isOurs(name))
  return Object.fromEntries(kept) as Record<string, string>
}
