// Every option of config.yaml once: name, type, default, help.
import { Type } from 'typebox'

const strict = { additionalProperties: false }

/** A secret kept elsewhere: in a file or in a variable. */
const secretSource = (description: string) =>
  Type.Object(
    {
      file: Type.Optional(Type.String({ minLength: 1 })),
      env: Type.Optional(Type.String({ minLength: 1 })),
    },
    { ...strict, minProperties: 1, maxProperties: 1, description },
  )

const memberSchema = Type.Object(
  {
    name: Type.String({ minLength: 1, description: 'Name of the member, unique in its cluster.' }),
    module: Type.String({ minLength: 1, description: 'The PKCS#11 library.' }),
    token: Type.String({ minLength: 1, description: 'Label of the token, or serial:XXXXXXXX.' }),
    pin: secretSource('User PIN: { file: FILE } or { env: NAME }.'),
    env: Type.Record(Type.String(), Type.String(), {
      default: {},
      description: 'Environment of the process that loads the module.',
    }),
    initArgs: Type.String({
      default: '',
      description: 'Library parameters for C_Initialize (NSS needs them).',
    }),
    checkBlobs: Type.Boolean({
      default: false,
      description: 'Open every new blob once first: for a token whose wrapping is not trusted.',
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
      maxItems: 16,
      description: 'Tokens that hold the same keys; one is enough.',
    }),
  },
  strict,
)

const tagSchema = Type.Object({ key: Type.String(), values: Type.Array(Type.String()) }, strict)

const ratesSchema = Type.Record(Type.String(), Type.Integer({ minimum: 1 }))

/** The whole of config.yaml: names, types, defaults, help. */
export const configSchema = Type.Object(
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
        headersTimeout: Type.Integer({
          minimum: 1,
          default: 30,
          description: 'Seconds in which a connection must have sent the headers of a request.',
        }),
        requestTimeout: Type.Integer({
          minimum: 1,
          default: 60,
          description: 'Seconds in which a whole request must have come.',
        }),
        idleTimeout: Type.Integer({
          minimum: 1,
          default: 72,
          description: 'Seconds a connection is kept open between requests.',
        }),
        connections: Type.Integer({ minimum: 1, default: 16384, description: 'Connections at once.' }),
        connectionsPerAddress: Type.Integer({
          minimum: 1,
          default: 8192,
          description: 'Connections at once from one address; behind a proxy all have its address.',
        }),
        tls: Type.Optional(
          Type.Object(
            {
              cert: Type.String({ minLength: 1, description: 'Certificate chain, PEM.' }),
              key: Type.String({ minLength: 1, description: 'Private key, PEM.' }),
              clientCa: Type.Optional(
                Type.String({
                  minLength: 1,
                  description: 'CA of clients, PEM: without a certificate of it nobody is heard.',
                }),
              ),
            },
            { ...strict, description: 'HTTPS: { cert: FILE, key: FILE, clientCa: FILE }.' },
          ),
        ),
      },
      { ...strict, default: {}, description: 'The listener.' },
    ),
    workers: Type.Integer({
      minimum: 1,
      maximum: 64,
      default: 1,
      description: 'HTTP processes; each has token processes of its own.',
    }),
    node: Type.Optional(
      Type.String({
        pattern: '^[A-Za-z0-9][A-Za-z0-9-]{0,31}$',
        description: 'Name of this node alone; its audit chains carry it. Random and kept unless set.',
      }),
    ),
    profile: Type.Union([Type.Literal('simulation'), Type.Literal('on-prem')], {
      default: 'simulation',
      description: "simulation: the clouds' documented rates and quotas; on-prem: none unless set.",
    }),
    store: Type.Object(
      {
        url: Type.String({
          pattern: '^(sqlite:.+|postgres(ql)?://.+)$',
          default: 'sqlite:p11kms.db',
          description:
            'Where key metadata lives: sqlite:FILE, or postgres://USER@HOST:PORT/DATABASE for several nodes.',
        }),
        password: Type.Optional(
          secretSource(
            "PostgreSQL's password, when the URL does not hold it: { file: FILE } or { env: NAME }.",
          ),
        ),
      },
      { ...strict, default: {}, description: 'The store. No key material is ever in it.' },
    ),
    limits: Type.Object(
      {
        url: Type.String({
          pattern: '^(memory|rediss?://.+)$',
          default: 'memory',
          description:
            'Where requests are counted and nonces remembered: memory, or redis://USER:PASSWORD@HOST:PORT for all nodes.',
        }),
        failedSignatures: Type.Integer({
          minimum: 0,
          default: 200,
          description:
            'Failed signatures in a row after which an address is refused for a while; 0 for never. A good one begins the count anew.',
        }),
        failureWindow: Type.Integer({
          minimum: 1,
          default: 60,
          description: 'Seconds after which failed signatures are forgotten.',
        }),
        failurePause: Type.Integer({
          minimum: 1,
          default: 10,
          description: 'Seconds for which such an address is refused.',
        }),
        rates: Type.Optional(
          Type.Object(
            { tencent: Type.Optional(ratesSchema), alibaba: Type.Optional(ratesSchema) },
            {
              ...strict,
              description:
                'Requests a second and account by dialect and action, such as { tencent: { Decrypt: 50 } }.',
            },
          ),
        ),
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
            description: 'Hosted data keys per account. Profile simulation: 1000.',
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
      { ...strict, default: {}, description: 'Tags of CMKs and hosted data keys.' },
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
    audit: Type.Object(
      {
        folder: Type.String({ minLength: 1, default: 'audit', description: 'Where the segments are.' }),
        segmentSize: Type.Integer({
          minimum: 1,
          default: 64,
          description: 'MiB after which a segment is followed by the next.',
        }),
        headInterval: Type.Integer({
          minimum: 1,
          default: 60,
          description: 'Seconds between signatures of the newest line by the token.',
        }),
        anchor: Type.Optional(
          Type.Object(
            {
              file: Type.Optional(
                Type.String({
                  minLength: 1,
                  description: 'Signed heads are appended to it, one JSON a line.',
                }),
              ),
              webhook: Type.Optional(
                Type.String({
                  pattern: '^https?://.+',
                  description: 'Signed heads are posted to it as JSON.',
                }),
              ),
            },
            { ...strict, description: 'Where signed heads are kept outside: { file: FILE, webhook: URL }.' },
          ),
        ),
      },
      { ...strict, default: {}, description: 'The record of every call.' },
    ),
    metrics: Type.Object(
      {
        listen: Type.String({
          pattern: '^(same|off|.+:\\d{1,5})$',
          default: 'same',
          description: 'Where /metrics is: same (on the listener, for all), HOST:PORT (only there), or off.',
        }),
      },
      { ...strict, default: {}, description: 'Figures for Prometheus.' },
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
