// From wire parameters to an action's input: flattened names, text to typed values, schema check.
import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv'
import type { TObject, TSchema } from 'typebox'
import type { Action } from './dialect.ts'

/** What is wrong with a parameter. */
export type ParameterFault = 'missing' | 'unknown' | 'type' | 'value'

/** A parameter that does not fit the action's schema; the dialect words it. */
export class ParameterError extends Error {
  override readonly name = 'ParameterError'
  readonly fault: ParameterFault
  /** Wire name, such as `KeyIds.0` or `NumberOfBytes`. */
  readonly parameter: string
  /** The vendor's code for a bad value, when the field's schema names one with `code`. */
  readonly code: string | undefined

  constructor(fault: ParameterFault, parameter: string, code?: string) {
    super(`${fault} parameter ${parameter}`)
    this.fault = fault
    this.parameter = parameter
    this.code = code
  }
}

/** An action with its compiled check. */
export interface CatalogueEntry {
  readonly action: Action
  /** Throws ParameterError for the first thing that does not fit. */
  check(input: unknown): void
}

/**
 * Compiles the schemas of a dialect's actions, by action name. Schemas may carry `code`, the vendor's error
 * code for a bad value of that field.
 */
export function createCatalogue(actions: readonly Action[]): ReadonlyMap<string, CatalogueEntry> {
  const ajv = new Ajv({ strict: false, verbose: true, allErrors: false })
  return new Map(
    actions.map((action) => {
      const validate = ajv.compile(action.input) as ValidateFunction
      const check = (input: unknown) => {
        if (!validate(input)) throw parameterError(validate.errors?.[0])
      }
      return [action.name, { action, check }]
    }),
  )
}

function parameterError(error: ErrorObject | undefined): ParameterError {
  const path = (error?.instancePath ?? '').split('/').slice(1)
  const named = (name: unknown) => [...path, String(name)].join('.')
  const code = error?.parentSchema?.code as string | undefined
  if (error?.keyword === 'required') return new ParameterError('missing', named(error.params.missingProperty))
  if (error?.keyword === 'additionalProperties') {
    return new ParameterError('unknown', named(error.params.additionalProperty))
  }
  return new ParameterError(error?.keyword === 'type' ? 'type' : 'value', path.join('.'), code)
}

/**
 * Builds an input object from flat text parameters: `Tags.0.TagKey` fills a list of objects, integers and
 * booleans are read by the declared type (left as text when they do not read, so that the check names them).
 * Names the schema does not know are kept as they are. `firstIndex` is 0 at Tencent, 1 at Alibaba.
 */
export function decodeText(
  pairs: Iterable<readonly [string, string]>,
  schema: TObject,
  firstIndex: 0 | 1,
): object {
  const input: Record<string, unknown> = {}
  for (const [name, text] of pairs) place(input, name.split('.'), text, schema, firstIndex)
  return input
}

type Node = TSchema & { type?: string; properties?: Record<string, TSchema>; items?: TSchema }

function place(
  target: Record<string, unknown>,
  path: string[],
  text: string,
  schema: Node,
  firstIndex: number,
): void {
  const [name = '', ...rest] = path
  const member =
    schema.properties && Object.hasOwn(schema.properties, name)
      ? (schema.properties[name] as Node)
      : undefined
  if (member === undefined) {
    define(target, path.join('.'), text)
  } else if (member.type === 'array' && rest.length > 0) {
    const list = ownOr(target, name, []) as unknown[]
    const index = /^(0|[1-9]\d{0,3})$/.test(rest[0] ?? '') ? Number(rest[0]) - firstIndex : -1
    if (index < 0 || index > 1023) {
      throw new ParameterError('type', path.join('.'))
    }
    if (rest.length === 1) list[index] = readText(text, member.items as Node)
    else {
      list[index] ??= {}
      const item = list[index]
      if (typeof item !== 'object') throw new ParameterError('type', path.join('.'))
      place(item as Record<string, unknown>, rest.slice(1), text, member.items as Node, firstIndex)
    }
  } else if (member.type === 'object' && rest.length > 0) {
    place(ownOr(target, name, {}) as Record<string, unknown>, rest, text, member, firstIndex)
  } else if (rest.length > 0) {
    define(target, path.join('.'), text)
  } else if (text !== '' || member.type !== 'integer') {
    // Some SDKs send what was left out as an empty text.
    define(target, name, readText(text, member))
  }
}

/**
 * A JSON value as an action's input: null members count as absent, decimal texts are read where an integer is
 * declared. What does not fit, or is not declared, is left as it is for the check to name: a stranger may nest it
 * deeper than the stack goes.
 */
export function decodeJson(value: unknown, schema: TSchema | undefined): unknown {
  const { type, properties, items } = (schema ?? {}) as Node
  if (typeof value === 'string') return type === 'integer' ? readText(value, schema as TSchema) : value
  if (Array.isArray(value)) return items === undefined ? value : value.map((item) => decodeJson(item, items))
  if (typeof value !== 'object' || value === null || properties === undefined) return value
  const decoded: Record<string, unknown> = {}
  for (const [name, member] of Object.entries(value)) {
    const declared = Object.hasOwn(properties, name) ? properties[name] : undefined
    if (member !== null) define(decoded, name, decodeJson(member, declared))
  }
  return decoded
}

/** A text as the declared type; the text itself when it does not read as one. */
export function readText(text: string, schema: TSchema): unknown {
  const { type } = schema as Node
  if (type === 'integer' && /^-?\d{1,15}$/.test(text)) return Number(text)
  if (type === 'boolean' && /^(true|false)$/i.test(text)) return text.toLowerCase() === 'true'
  return text
}

function ownOr(target: Record<string, unknown>, name: string, empty: unknown): unknown {
  if (!Object.hasOwn(target, name) || typeof target[name] !== 'object') define(target, name, empty)
  return target[name]
}

// A wire name may be `__proto__`; it must become a plain member, nothing else.
function define(target: Record<string, unknown>, name: string, value: unknown): void {
  Object.defineProperty(target, name, { value, enumerable: true, configurable: true, writable: true })
}
