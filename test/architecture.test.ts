// The layer table: which part may import which, held against every import under src.
import { readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import t from 'tap'

const src = join(import.meta.dirname, '../src')

/** Parts of src, and the parts each may import besides itself. The order is the order of the layers. */
const layers: Readonly<Record<string, readonly string[]>> = {
  core: [],
  'config-schema': [],
  'secret-file': [],
  config: ['config-schema', 'secret-file'],
  'config-template': ['config', 'config-schema'],
  log: [],
  hsm: ['core'],
  store: ['core'],
  'public-key': ['core'],
  limits: ['core'],
  metrics: [],
  audit: ['core'],
  dialects: ['core'],
  http: ['dialects', 'core'],
  app: [
    'config',
    'log',
    'core',
    'hsm',
    'store',
    'public-key',
    'limits',
    'metrics',
    'audit',
    'dialects',
    'http',
  ],
  serve: ['app', 'config', 'log'],
  cli: ['app', 'config', 'config-template', 'secret-file', 'serve'],
  main: ['cli'],
}

/** Foreign packages that have one home. Everything else may be used anywhere but in core. */
const homes: Readonly<Record<string, RegExp>> = {
  pkcs11js: /^hsm\//,
  'graphene-pk11': /^hsm\//,
  'node:sqlite': /^store\//,
  kysely: /^store\//,
  pg: /^store\//,
  'pg-connection-string': /^store\//,
  'sm-crypto-v2': /^public-key\//,
  'rate-limiter-flexible': /^limits\//,
  ioredis: /^limits\//,
  'prom-client': /^metrics\//,
  fastify: /^http\//,
  pino: /^log\.ts$/,
  commander: /^cli\//,
  yaml: /^config(-template)?\.ts$/,
  'fast-xml-parser': /^dialects\/alibaba\//,
}

/** Node built-ins without side effects, which core may use. */
const pureBuiltIns = ['node:crypto', 'node:net']

interface Import {
  readonly file: string
  readonly from: string
}

const files = readdirSync(src, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts'))
  .map((name) => name.replaceAll('\\', '/'))
const text = (file: string) => readFileSync(join(src, file), 'utf8')
const imports: readonly Import[] = files.flatMap((file) =>
  [
    ...text(file).matchAll(
      /^\s*(?:import|export)\b[^'"`;]*?from\s+'([^']+)'|^import '([^']+)'|\bimport\('([^']+)'\)/gm,
    ),
  ].map((match) => ({ file, from: match[1] ?? match[2] ?? match[3] ?? '' })),
)
const part = (file: string) => (file.split('/')[0] ?? '').replace(/\.ts$/, '')
const local = imports
  .filter(({ from }) => from.startsWith('.'))
  .map(({ file, from }) => ({
    file,
    target: relative(src, join(src, file, '..', from)).replaceAll('\\', '/'),
  }))

t.test('every part is in the table', async (t) => {
  t.same(
    [...new Set(files.map(part))].filter((name) => !(name in layers)),
    [],
  )
})

t.test('imports go one way', async (t) => {
  const wrong = local.filter(({ file, target }) => {
    const [from, to] = [part(file), part(target)]
    return from !== to && !layers[from]?.includes(to)
  })
  t.same(wrong, [])
})

t.test('files do not import each other in a circle', async (t) => {
  const graph = Map.groupBy(local, ({ file }) => file)
  const done = new Set<string>()
  const circles: string[] = []
  const visit = (file: string, path: readonly string[]) => {
    if (path.includes(file)) circles.push([...path.slice(path.indexOf(file)), file].join(' -> '))
    else if (!done.has(file)) {
      for (const { target } of graph.get(file) ?? []) visit(target, [...path, file])
      done.add(file)
    }
  }
  for (const file of files) visit(file, [])
  t.same(circles, [])
})

t.test('one dialect does not know the other', async (t) => {
  const dialect = (file: string) => /^dialects\/(\w+)\//.exec(file)?.[1]
  const wrong = local.filter(({ file, target }) => {
    const [from, to] = [dialect(file), dialect(target)]
    return to !== undefined && part(file) === 'dialects' && from !== to
  })
  t.same(wrong, [])
})

t.test('foreign packages have one home', async (t) => {
  const wrong = imports.filter(({ file, from }) => homes[from] !== undefined && !homes[from].test(file))
  t.same(wrong, [])
})

t.test('core imports nothing but itself and pure built-ins', async (t) => {
  const foreign = imports.filter(({ file, from }) => part(file) === 'core' && !from.startsWith('.'))
  t.same(
    foreign.filter(({ from }) => !pureBuiltIns.includes(from)),
    [],
  )
})

t.test('dialects import crypto in signature.ts only', async (t) => {
  const crypto = imports.filter(({ file, from }) => part(file) === 'dialects' && from === 'node:crypto')
  t.same(
    crypto.filter(({ file }) => !file.endsWith('/signature.ts')),
    [],
  )
})

t.test('only config.ts reads the environment', async (t) => {
  t.same(
    files.filter((file) => file !== 'config.ts' && /\bprocess\.env\b/.test(text(file))),
    [],
  )
})

t.test('only token-process.ts makes a PKCS#11 library', async (t) => {
  t.same(
    files.filter((file) => /new pkcs11js\b|\bModule\.load\b/.test(text(file))),
    ['hsm/token-process.ts'],
  )
})

t.test('files say what they are for, and stay small', async (t) => {
  for (const file of files) {
    const lines = text(file).split('\n')
    t.match(lines[0], /^\/\/ \S.{15,}/, `${file} opens with what it is for`)
    t.ok(lines.length <= 330, `${file} has ${lines.length} lines`)
  }
})

t.test('dialects have the same file names', async (t) => {
  const listing = (dialect: string) =>
    files
      .filter((file) => file.startsWith(`dialects/${dialect}/`) && !file.includes('/actions/'))
      .map((file) => file.split('/')[2])
  const shared = [
    'ciphertext.ts',
    'envelope.ts',
    'errors.ts',
    'index.ts',
    'key-metadata.ts',
    'lifecycle.ts',
    'signature.ts',
  ]
  for (const dialect of ['tencent', 'alibaba']) {
    t.same(
      shared.filter((name) => !listing(dialect).includes(name)),
      [],
      dialect,
    )
  }
})
