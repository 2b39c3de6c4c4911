// config.yaml as `init` writes it: every option with its help above it, made from the schema.
import { stringify } from 'yaml'
import { checkConfig } from './config.ts'
import { configSchema } from './config-schema.ts'

/** Options that are written on one line. */
const secrets = ['pin', 'password']

interface Described {
  readonly type?: string
  readonly description?: string
  readonly properties?: Readonly<Record<string, Described>>
  readonly items?: Described
}

/** The text of a config.yaml with these values; options not given have their defaults. Throws ConfigError. */
export function renderConfig(values: object): string {
  const config = checkConfig(values) as unknown as Record<string, unknown>
  const head = '# Configuration of p11kms. Relative paths are relative to this folder (P11KMS_HOME).\n'
  const note = '# Any option can be overridden by the environment: P11KMS_<SECTION>_<OPTION>.\n'
  return `${head}${note}\n${renderObject(configSchema as Described, config, '').join('\n')}\n`
}

function renderObject(schema: Described, values: Record<string, unknown>, indent: string): string[] {
  return Object.entries(schema.properties ?? {}).flatMap(([name, option]) => {
    const value = values[name]
    const help = option.description === undefined ? [] : [`${indent}# ${option.description}`]
    if (value === undefined) return [...help, `${indent}# ${name}:`]
    return [...help, ...renderOption(name, option, value, indent), ...(indent === '' ? [''] : [])]
  })
}

function renderOption(name: string, option: Described, value: unknown, indent: string): string[] {
  if (option.type === 'object' && option.properties !== undefined && !secrets.includes(name)) {
    return [`${indent}${name}:`, ...renderObject(option, value as Record<string, unknown>, `${indent}  `)]
  }
  if (option.type === 'array' && option.items?.properties !== undefined) {
    const items = (value as Record<string, unknown>[]).flatMap((item, index) => {
      // Help once is enough: later items of a list are plain.
      const schema = index === 0 ? (option.items as Described) : withoutHelp(option.items as Described)
      const [first = '', ...rest] = renderObject(schema, item, `${indent}    `)
      const lead = first.trimStart().startsWith('#')
        ? [`${indent}  -`, first]
        : [`${indent}  - ${first.trimStart()}`]
      return [...lead, ...rest]
    })
    return [`${indent}${name}:`, ...items]
  }
  const text = stringify(value, { collectionStyle: 'flow', lineWidth: 0 }).trimEnd()
  return [`${indent}${name}: ${text}`]
}

function withoutHelp(schema: Described): Described {
  const { description: _, ...rest } = schema
  const plain = (entries: Readonly<Record<string, Described>>) =>
    Object.fromEntries(Object.entries(entries).map(([name, option]) => [name, withoutHelp(option)]))
  return {
    ...rest,
    ...(schema.properties === undefined ? {} : { properties: plain(schema.properties) }),
    ...(schema.items === undefined ? {} : { items: withoutHelp(schema.items) }),
  }
}
