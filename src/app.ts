// The composition root of one HTTP process: the one file that knows every concrete part.
import { isAbsolute, join } from 'node:path'
import { openAudit, type ServerAudit, verifyAudit } from './app/audit.ts'
import { describe } from './app/describe.ts'
import { type Accounts, createRecords, openConfigured } from './app/records.ts'
import { createResourceNames } from './app/resource-names.ts'
import { maintain, noteUses, oneAtATime, reopen, report } from './app/upkeep.ts'
import type { Verification } from './audit/verify.ts'
import { type Config, ConfigError } from './config.ts'
import { issueCredential } from './core/accounts.ts'
import { createAuthorizer } from './core/authorize.ts'
import { recordCards } from './core/cards.ts'
import { createCredentialReader } from './core/credentials.ts'
import { type Drill, makeDrills, runDrill } from './core/drill.ts'
import { createDryKms } from './core/dry-run.ts'
import { createKms, type Kms } from './core/kms.ts'
import { createLastUses, type LastUses } from './core/last-uses.ts'
import { openLatch, readLatches } from './core/latches.ts'
import {
  creationAge,
  destroyDueKeys,
  giveUpUnfinished,
  type Rotated,
  rotateDueKeys,
  type Settled,
  settleKeys,
} from './core/maintenance.ts'
import type { Brake } from './core/ports.ts'
import { createReplayGuard } from './core/replay-guard.ts'
import type { Services } from './core/services.ts'
import { createAlibaba, sign as signAlibaba } from './dialects/alibaba/index.ts'
import type { Dialect, DialectParts } from './dialects/dialect.ts'
import { createTencent, sign as signTencent } from './dialects/tencent/index.ts'
import { type ClusterStatus, createHsm, MemberConfigError } from './hsm/cluster.ts'
import { type AuditState, checkReadiness, type Readiness } from './http/health.ts'
import { createServer } from './http/server.ts'
import { createBrake } from './limits/brake.ts'
import { createMemoryLimiter } from './limits/memory.ts'
import { createLog, type Logger } from './log.ts'
import { publicKeyCipher } from './public-key/cipher.ts'

export { auditFolder } from './app/audit.ts'
export { qualifyToken } from './app/qualify.ts'
export { type Accounts, fillStore, openRecords, type Records, storeFile } from './app/records.ts'
export { AnchorFileError, readAnchors } from './audit/anchors.ts'
export { exportCalls, exportFormats } from './audit/export.ts'
export { type Verification, verifyLog } from './audit/verify.ts'
export { credentialLimit, userName } from './core/accounts.ts'
export { policyName } from './core/policies.ts'
export type { ClusterStatus } from './hsm/cluster.ts'

const maintenanceInterval = 60_000
/** How often a server with a latched member looks whether an operator has opened it. */
const latchInterval = 1000
const mebibyte = 1024 * 1024
/** Of an account of the clouds that has bought the ordinary edition. */
const simulatedQuota = 1000

/** The domain with its token and its store, without a listener: what commands work with. */
export interface Core {
  readonly kms: Kms
  readonly accounts: Accounts
  /** When access keys were last used. */
  readonly uses: LastUses
  readonly dialects: readonly Dialect[]
  readonly log: Logger
  clusters(): readonly ClusterStatus[]
  /** Joins the servers of this store, and finishes or withdraws what a crash cut off. */
  join(): Promise<Settled>
  /** Runs work unless another server of this store does such work at this moment. */
  exclusively(work: () => Promise<void>): Promise<boolean>
  /** Destroys the keys whose deletion date has come. */
  destroyDueKeys(): Promise<Settled>
  /** Opens the latch of a member whose PIN was refused; false when it has none. A running server tries it once then. */
  openLatch(clusterId: string, member: string): Promise<boolean>
  /** Tries the members whose latch was opened in the store since. */
  reopen(): Promise<void>
  /** Rotates the keys whose rotation is due. */
  rotateDueKeys(): Promise<Rotated>
  readiness(audit?: AuditState): Promise<Readiness>
  /** Keeps what each token can do, and tells the log of what has changed since the last start. */
  recordCards(): Promise<void>
  /** Opens the record of calls, for a server. */
  openAudit(): Promise<ServerAudit>
  /** Holds the record of calls against its chain, the token's signatures and its memory. */
  verifyAudit(onSegment: (file: string) => void, anchorFile?: string): Promise<Verification>
  /** Blobs for a recovery drill, and whether one still opens. */
  makeDrills(): Promise<readonly Drill[]>
  runDrill(drill: Drill): Promise<boolean>
  /** Writes a consistent copy of the store into a file that is not there yet. */
  copyStore(file: string): Promise<void>
  close(): Promise<void>
}

/** How each dialect's requests are signed, for a client of ours; by the dialect's name. */
export const signers = { tencent: signTencent, alibaba: signAlibaba } as const

/** A core that listens. */
export interface App extends Core {
  /** Where it listens, such as `http://127.0.0.1:8011`. */
  readonly url: string
}

/** Opens the store and the tokens. Throws ConfigError; what was opened is closed again. */
export async function openCore(config: Config): Promise<Core> {
  const log = createLog(config.log.level)
  const store = await openConfigured(config, (event, facts, level) => log[level](facts, event))
  const hsm = createHsm({
    clusters: clusterConfigs(config),
    limits: { ...config.hsm, recycleMemory: config.hsm.recycleMemory * mebibyte },
    cwd: config.home,
    expected: (clusterId) => store.checkValues(clusterId),
    latches: await readLatches(store),
    onEvent: (event, facts, level = 'info') => log[level](facts, event),
  })
  const close = async () => {
    await hsm.close()
    await store.close()
  }
  try {
    await hsm.start()
  } catch (error) {
    await close()
    throw error instanceof MemberConfigError ? inConfig(config, error) : error
  }
  const quota = config.profile === 'simulation' ? simulatedQuota : null
  const resourceNames = createResourceNames(config)
  const services: Services = {
    store,
    hsm,
    publicKeys: publicKeyCipher,
    clock: Date.now,
    authorize: createAuthorizer({ store, clock: Date.now, resourceNames }),
    quotas: { cmk: config.quotas.cmk ?? quota, dataKey: config.quotas.dataKey ?? quota },
    tagRegistry: config.tags.registry,
  }
  const kms = createKms(services)
  return Object.freeze({
    kms,
    uses: createLastUses(store, Date.now),
    accounts: {
      ...createRecords(config, store),
      issueCredential: (owner, prefix, lifetime) => issueCredential(services, owner, prefix, lifetime),
    },
    dialects: createDialects(config, services, kms),
    log,
    clusters: () => hsm.status(),
    async join() {
      // Alone, nobody can be making what is unfinished; beside others only what is old is nobody's.
      await store.join(() => giveUpUnfinished(services, 0))
      return settleKeys(services, creationAge)
    },
    exclusively: (work) => store.exclusively(work),
    destroyDueKeys: () => destroyDueKeys(services),
    rotateDueKeys: () => rotateDueKeys(services),
    openLatch: (clusterId, member) => openLatch(store, clusterId, member),
    reopen: () => reopen(config, store, hsm),
    async recordCards() {
      const cards = hsm
        .status()
        .flatMap(({ id: clusterId, members }) =>
          members.flatMap(({ name: member, card }) =>
            card === undefined ? [] : [{ clusterId, member, card }],
          ),
        )
      for (const changed of await recordCards(store, cards))
        log.warn(changed, 'a token can do other things than before')
    },
    openAudit: () => openAudit(config, hsm, store, log),
    verifyAudit: (onSegment, anchorFile) => verifyAudit(config, hsm, store, onSegment, anchorFile),
    makeDrills: () => makeDrills(services),
    runDrill: (drill) => runDrill(services, drill),
    copyStore: (file) => store.copyTo(file),
    readiness: (audit) => checkReadiness(store, hsm, audit, describe),
    close,
  } satisfies Core)
}

/** Opens the core, settles what a crash left, and listens. Throws what `openCore` throws, and EADDRINUSE. */
export async function openApp(config: Config): Promise<App> {
  const core = await openCore(config)
  const { log } = core
  const audit = await core.openAudit().catch(async (error: unknown) => {
    await core.close()
    throw new ConfigError('audit.folder', describe(error))
  })
  const server = createServer({
    dialects: core.dialects,
    audit: audit.trail,
    uses: core.uses,
    limits: config.listen,
    brake: brakeOf(config, log),
    ...(config.tls === undefined ? {} : { tls: config.tls }),
    readiness: () => core.readiness({ problem: audit.trail.problem, warning: audit.warning }),
    onRequest: ({ cause, ...report }) => {
      if (cause === undefined) log.debug(report, 'request')
      else log.error({ ...report, error: describe(cause) }, 'request failed')
    },
  })
  try {
    report(log, await core.join())
    await core.recordCards()
    const url = await server.listen({ host: config.listen.host, port: config.listen.port })
    const maintainOnce = oneAtATime(() => maintain(core))
    const timer = setInterval(maintainOnce, maintenanceInterval).unref()
    const latchTimer = setInterval(() => void core.reopen().catch(fail), latchInterval).unref()
    const fail = (error: unknown) => log.warn({ error: describe(error) }, 'a latch could not be opened')
    const close = async () => {
      clearInterval(timer)
      clearInterval(latchTimer)
      await server.close()
      await noteUses(core)
      await audit.close()
      await core.close()
    }
    return Object.freeze({ ...core, url, close })
  } catch (error) {
    await server.close()
    await audit.close()
    await core.close()
    throw error
  }
}

function brakeOf({ limits }: Config, log: Logger): Brake | undefined {
  const { failedSignatures: failures, failureWindow: window, failurePause: pause } = limits
  if (failures === 0) return undefined
  const onPause = (address: string) =>
    log.warn({ address, failures, pause }, 'an address whose signatures keep failing is refused for a while')
  return createBrake({ failures, window, pause, onPause })
}

function createDialects(config: Config, services: Services, kms: Kms): readonly Dialect[] {
  const { clock } = services
  const parts = {
    kms,
    dryKms: createDryKms(services),
    credentials: createCredentialReader(services),
    clock,
    replay: createReplayGuard(clock),
    limiter: createMemoryLimiter(),
  }
  const { profile, limits } = config
  const { edition } = config.tencent
  const settings = (name: 'tencent' | 'alibaba'): DialectParts => ({
    ...parts,
    settings: { region: config[name].region, edition, profile, rates: limits.rates?.[name] ?? {} },
  })
  // Alibaba comes last: it answers what nobody claims, with the HTTP status that says so.
  return [createTencent(settings('tencent')), createAlibaba(settings('alibaba'))] as Dialect[]
}

function clusterConfigs(config: Config) {
  return config.clusters.map((cluster) => ({
    ...cluster,
    members: cluster.members.map((member) => ({
      ...member,
      module: isAbsolute(member.module) ? member.module : join(config.home, member.module),
      pin: config.pins.get(`${cluster.id}/${member.name}`) ?? '',
      env: { ...config.tokenEnvironment, ...member.env },
    })),
  }))
}

// What a token says of its configuration, with the option it is about.
function inConfig(
  config: Config,
  { clusterId, memberName, option, message }: MemberConfigError,
): ConfigError {
  const index = config.clusters.findIndex(({ id }) => id === clusterId)
  const position = config.clusters[index]?.members.findIndex(({ name }) => name === memberName)
  return new ConfigError(`clusters.${index}.members.${position}.${option}`, message)
}
