// Every option once: name, type, default, help. The only reader of the environment.
import { existsSync, readFileSync } from 'node:fs'
import { isAbsolute, join, resolve } from 'node:path'
import { Ajv, type ErrorObject } from 'ajv'
import { type Static, type TSchema, Type } from 'typebox'
import { parse } from 'yaml'

const strict = { additionalProperties: false }

const memberSchema = Type.Object(
  {
    name: Type.String({ minLength: 1, description: 'Name of the member, unique in its cluster.' }),
    module: Type.String({ minLength: 1, description: 'The PKCS#11 library.' }),
    token: Type.String({ minLength: 1, description: 'Label of the token, or serial:XXXXXXXX.' }),
    pin: Type.Object(
      {
        file: Type.Optional(Type.String({ minLength: 1 })),
        env: Type.Optional(Type.String({ minLength: 1 })),
      },
      {
        ...strict,
        minProperties: 1,
        maxProperties: 1,
        description: 'User PIN: { file: FILE } or { env: NAME }.',
      },
    ),
    env: Type.Record(Type.String(), Type.String(), {
      default: {},
      description: 'Environment of the process that loads the module.',
    }),
    initArgs: Type.String({
      default: '',
      description: 'Library parameters for C_Initialize (NSS needs them).',
    }),
    processes: Type.Integer({ minimum: 1, maximum: 64, default: 1, description: 'Token processes.' }),
  },
  strict,
)

const clusterSchema = Type.Object(
  {
    id: Type.String({
      pattern: '^[A-Za-z0-9][A-Za-z0-9-]{0,63}$',
      description: 'HsmClusterId, as clients name it.',
    }),
    name: Type.String({ default: '', description: 'HsmClusterName, for people.' }),
    default: Type.Boolean({ default: false, description: 'CMKs created without HsmClusterId live here.' }),
    members: Type.Array(memberSchema, {
      minItems: 1,
      maxItems: 1,
      description: 'The token that holds the keys. One member per cluster in this release.',
    }),
  },
  strict,
)

const tagSchema = Type.Object({ key: Type.String(), values: Type.Array(Type.String()) }, strict)

const schema = Type.Object(
  {
    listen: Type.Object(
      {
        host: Type.String({ minLength: 1, default: '127.0.0.1', description: 'Address to listen on.' }),
        port: Type.Integer({
          minimum: 0,
          maximum: 65535,
          default: 8011,
          description: 'Port; 0 takes a free one.',
        }),
      },
      { ...strict, default: {}, description: 'The listener.' },
    ),
    workers: Type.Integer({
      minimum: 1,
      maximum: 1,
      default: 1,
      description: 'HTTP processes. One in this release.',
    }),
    profile: Type.Union([Type.Literal('simulation'), Type.Literal('on-prem')], {
      default: 'simulation',
      description: "simulation: the clouds' documented quotas; on-prem: none unless set under quotas.",
    }),
    store: Type.Object(
      {
        url: Type.String({
          pattern: '^sqlite:.+',
          default: 'sqlite:p11kms.db',
          description: 'Where key metadata lives: sqlite:FILE.',
        }),
      },
      { ...strict, default: {}, description: 'The store. No key material is ever in it.' },
    ),
    limits: Type.Object(
      {
        url: Type.Literal('memory', {
          default: 'memory',
          description: 'Where replayed nonces are remembered.',
        }),
      },
      { ...strict, default: {}, description: 'What is counted across requests.' },
    ),
    tencent: Type.Object(
      {
        edition: Type.Union([Type.Literal('auto'), Type.Literal('cn'), Type.Literal('intl')], {
          default: 'auto',
          description: 'auto: a Host containing .intl. is international.',
        }),
        region: Type.String({
          pattern: '^[a-z]+(-[a-z0-9]+)+$',
          default: 'ap-guangzhou',
          description: 'GetRegions answers it.',
        }),
      },
      { ...strict, default: {}, description: 'The Tencent dialect.' },
    ),
    alibaba: Type.Object(
      {
        region: Type.String({
          pattern: '^[a-z]+(-[a-z0-9]+)+$',
          default: 'cn-hangzhou',
          description: 'Region in ARNs and DescribeRegions.',
        }),
      },
      { ...strict, default: {}, description: 'The Alibaba dialect.' },
    ),
    quotas: Type.Object(
      {
        cmk: Type.Optional(
          Type.Integer({ minimum: 0, description: 'CMKs per account. Profile simulation: 1000.' }),
        ),
        dataKey: Type.Optional(
          Type.Integer({
            minimum: 0,
            description: 'Hosted data keys per account; not offered in this release.',
          }),
        ),
      },
      { ...strict, default: {}, description: 'Quotas per account.' },
    ),
    tags: Type.Object(
      {
        registry: Type.Union([Type.Literal('open'), Type.Array(tagSchema)], {
          default: 'open',
          description: 'open, or a list of { key, values } that exist; others are TagsNotExisted.',
        }),
      },
      { ...strict, default: {}, description: 'Tags of CMKs.' },
    ),
    hsm: Type.Object(
      {
        callTimeout: Type.Integer({
          minimum: 10,
          default: 5000,
          description: 'Milliseconds a token process may owe an answer before it is killed and replaced.',
        }),
        requestTimeout: Type.Integer({
          minimum: 10,
          default: 15000,
          description: 'Milliseconds an operation may wait in all.',
        }),
        queue: Type.Integer({
          minimum: 1,
          default: 4096,
          description: 'Operations that may wait for one member; more are refused with the throttling code.',
        }),
        recycleOperations: Type.Integer({
          minimum: 1,
          default: 500000,
          description: 'Operations after which a token process is replaced by a fresh one.',
        }),
        recycleMemory: Type.Integer({
          minimum: 1,
          default: 128,
          description:
            'MiB a token process may grow by before it is replaced (SoftHSM leaks about 250 bytes an operation).',
        }),
      },
      { ...strict, default: {}, description: 'Limits of token processes.' },
    ),
    log: Type.Object(
      {
        level: Type.Union(
          [
            Type.Literal('debug'),
            Type.Literal('info'),
            Type.Literal('warn'),
            Type.Literal('error'),
            Type.Literal('silent'),
          ],
          {
            default: 'info',
            description: 'debug, info, warn, error or silent. debug has a line per request.',
          },
        ),
      },
      { ...strict, default: {}, description: 'The log, on standard error.' },
    ),
    clusters: Type.Array(clusterSchema, {
      minItems: 1,
      description: 'HSM clusters; each CMK lives in one of them for life.',
    }),
  },
  strict,
)

/** config.yaml as written, defaults filled in; paths still as given. */
export type ConfigFile = Static<typeof schema>

/** Where the home is, and its configuration. Paths and PINs are resolved; frozen. */
export interface Config extends ConfigFile {
  readonly home: string
  readonly pins: ReadonlyMap<string, string>
  /** Environment token processes start from: the service's own, less what is ours. */
  readonly tokenEnvironment: Readonly<Record<string, string>>
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

/** The schema, for the template and the documentation. */
export const configSchema: TSchema = schema

/** Reads config.yaml of a home and the environment over it. Throws ConfigError. */
export function loadConfig(home = homeDirectory()): Config {
  const file = join(home, 'config.yaml')
  if (!existsSync(file)) throw new ConfigError('P11KMS_HOME', `no config.yaml in ${home}; run: p11kms init`)
  const config = checkConfig(applyEnvironment(readYaml(file), process.env))
  const pins = new Map<string, string>()
  const pinVariables = new Set<string>()
  for (const [index, cluster] of config.clusters.entries()) {
    for (const [position, member] of cluster.members.entries()) {
      const option = `clusters.${index}.members.${position}`
      const module = resolve(home, member.module)
      if (!existsSync(module)) throw new ConfigError(`${option}.module`, `${module} is not there`)
      pins.set(`${cluster.id}/${member.name}`, readPin(home, `${option}.pin`, member.pin))
      if (member.pin.env !== undefined) pinVariables.add(member.pin.env)
    }
  }
  return Object.freeze({ ...config, home, pins, tokenEnvironment: libraryEnvironment(pinVariables) })
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
  }).compile<ConfigFile>(schema)
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

function readPin(home: string, option: string, pin: { file?: string; env?: string }): string {
  if (pin.env !== undefined) {
    const value = process.env[pin.env]
    if (value === undefined || value === '') throw new ConfigError(`${option}.env`, `${pin.env} is not set`)
    return value
  }
  const path = pin.file ?? ''
  const file = isAbsolute(path) ? path : join(home, path)
  try {
    return readFileSync(file, 'utf8').replace(/\r?\n$/, '')
  } catch {
    throw new ConfigError(`${option}.file`, `${file} cannot be read`)
  }
}

type Described = TSchema & { type?: string; properties?: Record<string, Described> }

/** Overlays `P11KMS_<SECTION>_<OPTION>` (and P11KMS_PORT, P11KMS_HOST) on a parsed config.yaml. */
function applyEnvironment(input: unknown, environment: NodeJS.ProcessEnv): unknown {
  if (typeof input !== 'object' || input === null || Array.isArray(input)) return input
  const config = structuredClone(input) as Record<string, unknown>
  for (const [names, option] of scalarOptions(schema as Described)) {
    const [section = ''] = names
    const short = section === 'listen' ? environment[variable(names.slice(1))] : undefined
    const text = environment[variable(names)] ?? short
    if (text === undefined) continue
    const value = option.type === 'integer' && /^-?\d+$/.test(text) ? Number(text) : text
    if (names.length === 1) config[section] = value
    else config[section] = { ...(config[section] as object | undefined), [names[1] ?? '']: value }
  }
  return config
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

/**
 * The environment for processes that load a vendor's library: the service's own, without PINs and without our
 * settings, which are none of its business.
 */
export function libraryEnvironment(pinVariables: ReadonlySet<string> = new Set()): Record<string, string> {
  const kept = Object.entries(process.env).filter(
    ([name, value]) => value !== undefined && !name.startsWith('P11KMS_') && !pinVariables.has(name),
  )
  return Object.fromEntries(kept) as Record<string, string>
}
