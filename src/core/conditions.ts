// Conditions of policies, in RAM's and CAM's spellings: operators and keys, each one row.
import { BlockList, isIP, isIPv6 } from 'node:net'

/** What conditions are about. Lists hold a fact's values; an empty list is a fact that is not there. */
export interface RequestFacts {
  readonly sourceAddress: string
  /** Milliseconds since the epoch. */
  readonly time: number
  readonly secure: boolean
  readonly tags: Readonly<Record<string, string>>
  readonly context: Readonly<Record<string, string>>
}

/** One condition: it holds when the fact fits any of the values (or none of them, for negated operators). */
export interface Condition {
  readonly operator: string
  readonly quantifier: 'one' | 'any' | 'all'
  readonly key: string
  readonly values: readonly string[]
}

interface Operator {
  readonly test: (fact: string, value: string) => boolean
  /** A value that could never be met must not be taken: a denial by it would deny nothing. */
  readonly takes: (value: string) => boolean
  readonly negated: boolean
}

const at = (text: string) => Date.parse(text)
const text = { takes: () => true }
const flag = { takes: (value: string) => /^(true|false)$/i.test(value) }
const date = { takes: (value: string) => !Number.isNaN(at(value)), negated: false }
const network = { test: inNetwork, takes: (value: string) => networkOf(value) !== undefined }

const operators: Readonly<Record<string, Operator>> = {
  stringequal: { ...text, test: (fact, value) => fact === value, negated: false },
  stringnotequal: { ...text, test: (fact, value) => fact === value, negated: true },
  stringequalignorecase: {
    ...text,
    test: (fact, value) => fact.toLowerCase() === value.toLowerCase(),
    negated: false,
  },
  stringlike: { ...text, test: (fact, value) => matches(value, fact), negated: false },
  stringnotlike: { ...text, test: (fact, value) => matches(value, fact), negated: true },
  bool: { ...flag, test: (fact, value) => fact === value.toLowerCase(), negated: false },
  ipaddress: { ...network, negated: false },
  notipaddress: { ...network, negated: true },
  datelessthan: { ...date, test: (fact, value) => at(fact) < at(value) },
  datelessthanequal: { ...date, test: (fact, value) => at(fact) <= at(value) },
  dategreaterthan: { ...date, test: (fact, value) => at(fact) > at(value) },
  dategreaterthanequal: { ...date, test: (fact, value) => at(fact) >= at(value) },
}

/** CAM's names of operators that RAM calls otherwise. */
const synonyms: Readonly<Record<string, string>> = {
  boolequal: 'bool',
  ipequal: 'ipaddress',
  ipnotequal: 'notipaddress',
}

type Read = (facts: RequestFacts, name: string) => readonly string[]

/** Condition keys, lower case. One that ends in `/` or `:` has a name after it. */
const keys: Readonly<Record<string, Read>> = {
  'acs:sourceip': ({ sourceAddress }) => [sourceAddress],
  'qcs:ip': ({ sourceAddress }) => [sourceAddress],
  'acs:currenttime': ({ time }) => [new Date(time).toISOString()],
  'qcs:current_time': ({ time }) => [new Date(time).toISOString()],
  'acs:securetransport': ({ secure }) => [String(secure)],
  // Nobody signs in with a second factor here.
  'acs:mfapresent': () => ['false'],
  'kms:tag/': ({ tags }, name) => factOf(tags, name),
  'qcs:resource_tag': ({ tags }) => Object.entries(tags).map(([key, value]) => `${key}&${value}`),
  'kms:encryptioncontext:': ({ context }, name) => factOf(context, name),
  'kms:encryptioncontextkeys': ({ context }) => Object.keys(context),
}

/** True when the condition can be enforced: operator and key are known, and the operator can compare with each value. */
export function isEnforced({ operator, key, values }: Condition): boolean {
  const row = Object.hasOwn(operators, operator) ? operators[operator] : undefined
  return row !== undefined && rowOf(key) !== undefined && values.every(row.takes)
}

/** An operator as written, `ForAnyValue:StringEquals` or `for_any_value:string_equal`. */
export function readOperator(text: string): Pick<Condition, 'operator' | 'quantifier'> {
  const [prefix, name] = text.includes(':') ? text.split(':', 2) : ['', text]
  const plain = (name ?? '').toLowerCase().replaceAll('_', '')
  const operator = plain.replace(/equals/, 'equal')
  const quantifier = /any/i.test(prefix ?? '') ? 'any' : /all/i.test(prefix ?? '') ? 'all' : 'one'
  return { operator: synonyms[operator] ?? operator, quantifier }
}

/** True when the request's facts meet the condition. A fact that is not there meets negated operators only. */
export function holds({ operator, quantifier, key, values }: Condition, facts: RequestFacts): boolean {
  const row = operators[operator]
  const read = rowOf(key)
  if (row === undefined || read === undefined) return false
  const present = read(facts)
  const fits = (fact: string) => values.some((value) => row.test(fact, value)) !== row.negated
  if (quantifier === 'all') return present.every(fits)
  return present.length === 0 ? row.negated : present.some(fits)
}

/** True when `*` (any characters, none too) and `?` (one character) of the pattern can stand for the text. */
export function matches(pattern: string, text: string): boolean {
  let [place, index] = [0, 0]
  // Where the last star is, and how much of the text it stands for so far: no input makes this slow.
  let [star, taken] = [-1, 0]
  while (index < text.length) {
    if (pattern[place] === '*') {
      star = place++
      taken = index
    } else if (pattern[place] === '?' || pattern[place] === text[index]) {
      place++
      index++
    } else if (star >= 0) {
      place = star + 1
      index = ++taken
    } else return false
  }
  while (pattern[place] === '*') place++
  return place === pattern.length
}

// Names after a prefix keep their letter case; prefixes and whole keys have none.
function rowOf(key: string): ((facts: RequestFacts) => readonly string[]) | undefined {
  const lower = key.toLowerCase()
  for (const [known, read] of Object.entries(keys)) {
    const named = /[/:]$/.test(known)
    if (lower === known && !named) return (facts) => read(facts, '')
    if (named && lower.startsWith(known) && lower.length > known.length) {
      return (facts) => read(facts, key.slice(known.length))
    }
  }
  return undefined
}

function factOf(map: Readonly<Record<string, string>>, name: string): readonly string[] {
  return Object.hasOwn(map, name) ? [map[name] ?? ''] : []
}

function inNetwork(address: string, network: string): boolean {
  // An IPv4 client of a dual-stack listener comes as ::ffff:a.b.c.d.
  const plain = address.replace(/^::ffff:(?=\d+\.)/i, '')
  return isIP(plain) !== 0 && (networkOf(network)?.check(plain, familyOf(plain)) ?? false)
}

/** An address or a network in CIDR form; undefined when it is neither. */
function networkOf(text: string): BlockList | undefined {
  const [, base = '', bits] = /^([0-9a-f.:]+)(?:\/(\d{1,3}))?$/i.exec(text) ?? []
  const widest = isIPv6(base) ? 128 : 32
  const length = bits === undefined ? widest : Number(bits)
  if (isIP(base) === 0 || length > widest) return undefined
  const list = new BlockList()
  list.addSubnet(base, length, familyOf(base))
  return list
}

function familyOf(address: string): 'ipv4' | 'ipv6' {
  return isIPv6(address) ? 'ipv6' : 'ipv4'
}
