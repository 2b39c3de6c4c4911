// ListKeys' Filters: a JSON list of { Key, Values }.
import type { KeyState } from '../../core/key-state.ts'
import type { ListKeysInput } from '../../core/operations/list-keys.ts'
import { ParameterError } from '../parameters.ts'

type Filter = Partial<Omit<ListKeysInput, 'offset' | 'limit'>>

const none: Filter = { keyIds: [] }

const states: ReadonlyMap<string, readonly KeyState[]> = new Map([
  ['Enabled', ['Enabled']],
  ['Disabled', ['Disabled']],
  ['PendingDeletion', ['PendingDeletion']],
  ['Unavailable', ['Archived']],
  ['PendingImport', []],
])

/** What each filter key asks; a value all our keys have asks nothing, one that none has matches none. */
const filters: Readonly<Record<string, (values: readonly string[], accountId: string) => Filter>> = {
  KeyState: (values) => ({ states: values.flatMap((value) => required(states.get(value))) }),
  KeySpec: (values) => constant(values, 'Aliyun_AES_256'),
  KeyUsage: (values) => constant(values, 'ENCRYPT/DECRYPT'),
  CreatorType: (values) => constant(values, 'User'),
  Creator: (values, accountId) => constant(values, accountId),
  ProtectionLevel: (values) => ({ protectionLevels: values }),
  DKMSInstanceId: (values) => ({ dedicatedClusterIds: values }),
  keyId: (values) => ({ keyIds: values }),
  KeyId: (values) => ({ keyIds: values }),
  AliasName: (values) => ({ aliases: values.map((value) => value.replace(/^alias\//, '')) }),
}

/**
 * Throws ParameterError naming Filters for anything the pages do not describe, a filter key twice among it.
 */
export function keyFilter(text: string | undefined, accountId: string): Filter {
  if (text === undefined) return {}
  const list = parse(text)
  if (!Array.isArray(list) || list.length > 10) throw invalid()
  const entries = list.map(readEntry)
  if (new Set(entries.map(({ key }) => key.toLowerCase())).size < entries.length) throw invalid()
  const tags = entries.filter(({ key }) => key === 'TagKey' || key === 'TagValue')
  const rest = entries.filter(({ key }) => key !== 'TagKey' && key !== 'TagValue')
  const parts = rest.map(({ key, values }): Filter => {
    const filter = Object.hasOwn(filters, key) ? filters[key] : undefined
    const known = required(filter)
    return values.length === 0 ? {} : known(values, accountId)
  })
  // Two filters on the same thing both hold only where the narrower one, an empty list of ids, holds.
  const empty = parts.some(({ keyIds }) => keyIds?.length === 0)
  return { ...Object.assign({}, ...parts), ...tagFilter(tags), ...(empty ? none : {}) }
}

interface Entry {
  readonly key: string
  readonly values: readonly string[]
}

function tagFilter(entries: readonly Entry[]): Filter {
  if (entries.length === 0) return {}
  const valuesOf = (wanted: string) => entries.find(({ key }) => key === wanted)?.values ?? []
  return { tags: [{ keys: valuesOf('TagKey'), values: valuesOf('TagValue') }] }
}

function readEntry(entry: unknown): Entry {
  const { Key: key, Values: values = [] } = (entry ?? {}) as { Key?: unknown; Values?: unknown }
  if (typeof key !== 'string' || !Array.isArray(values) || values.length > 10) throw invalid()
  if (!values.every((value): value is string => typeof value === 'string')) throw invalid()
  return { key, values }
}

function constant(values: readonly string[], ours: string): Filter {
  return values.includes(ours) ? {} : none
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw invalid()
  }
}

function required<Value>(value: Value | undefined): Value {
  if (value === undefined) throw invalid()
  return value
}

function invalid(): ParameterError {
  return new ParameterError('value', 'Filters')
}
