// The composition root of one HTTP process: the one file that knows every concrete part.
import type { Socket } from 'node:net'
import { openAudit, type ServerAudit, verifyAudit } from './app/audit.ts'
import { clusterConfigs, inConfig } from './app/clusters.ts'
import { describe } from './app/describe.ts'
import { createDialects } from './app/dialects.ts'
import { createNodeShare, type NodeShare, openLimits } from './app/limits.ts'
import {
  countTokenEvent,
  measureDialects,
  measuredMembers,
  measureLimits,
  measureTrail,
  timed,
} from './app/metrics.ts'
import { type Accounts, createRecords, openConfigured } from './app/records.ts'
import { createResourceNames } from './app/resource-names.ts'
import { maintain, noteUses, oneAtATime, reopen, report } from './app/upkeep.ts'
import type { Verification } from './audit/verify.ts'
import { type Config, ConfigError } from './config.ts'
import { issueCredential } from './core/accounts.ts'
import { createAuthorizer } from './core/authorize.ts'
import { recordCards } from './core/cards.ts'
import { type Drill, makeDrills, runDrill } from './core/drill.ts'
import { createKms, type Kms } from './core/kms.ts'
import { createLastUses, type LastUses } from './core/last-uses.ts'
import { createLatches, openLatch } from './core/latches.ts'
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
import type { Services } from './core/services.ts'
import { sign as signAlibaba } from './dialects/alibaba/index.ts'
import type { Dialect } from './dialects/dialect.ts'
import { sign as signTencent } from './dialects/tencent/index.ts'
import { type ClusterStatus, createHsm, MemberConfigError } from './hsm/cluster.ts'
import { checkReadiness, type Readiness, type ReadinessParts } from './http/health.ts'
import { accept, drain, renewCertificate, serveGiven } from './http/lifecycle.ts'
import { createServer } from './http/server.ts'
import { createBrake } from './limits/brake.ts'
import type { Limits } from './limits/redis.ts'
import { createLog, type Logger } from './log.ts'
import { createMeter, type Measured, type Meter } from './metrics/meter.ts'
import { publicKeyCipher } from './public-key/cipher.ts'

export { auditFolder } from './app/audit.ts'
export { createNodeShare, type NodeShare } from './app/limits.ts'
export { qualifyToken } from './app/qualify.ts'
export { type Accounts, fillStore, openRecords, type Records, storeFile } from './app/records.ts'
export { AnchorFileError, readAnchors } from './audit/anchors.ts'
export { exportCalls, exportFormats } from './audit/export.ts'
export { type Verification, verifyLog } from './audit/verify.ts'
export { credentialLimit, userName } from './core/accounts.ts'
export { policyName } from './core/policies.ts'
export type { ClusterStatus } from './hsm/cluster.ts'
export { type MetricsText, serveMetrics } from './http/metrics.ts'
export { createShares, type Shares } from './http/shares.ts'
export { type Measured, measureWorkers, metricsText } from './metrics/meter.ts'

/** How often a server with a latched member looks whether an operator has opened it. */
const latchInterval = 1000
/** How often each process writes down which access keys it has seen. */
const usesInterval = 60_000
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
  /** Joins the servers of this store, the `first` of its node or not, and settles what a crash cut off. */
  join(first: boolean): Promise<Settled>
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
  readiness(more?: Pick<ReadinessParts, 'audit' | 'limits'>): Promise<Readiness>
  /** Resolves when the store answers. */
  pingStore(): Promise<void>
  /** Keeps what each token can do, and tells the log of what has changed since the last start. */
  recordCards(): Promise<void>
  /** Opens the record of calls of the HTTP process in a slot of this node. */
  openAudit(slot: number): Promise<ServerAudit>
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
  /** Where it listens, such as `http://127.0.0.1:8011`; empty when connections are given to it. */
  readonly url: string
  /** Serves a connection that its owner accepted. */
  accept(socket: Socket): void
  /** One round of the work a node does by itself. Never throws. */
  maintain(): Promise<void>
  /** Puts the options that can change while it serves in force: `liveOptions`. Throws ConfigError. */
  reload(config: Config): void
  /** The figures of this process. */
  measure(): Promise<Measured>
}

/** Options that `reload` puts in force; of the certificates only their contents. */
export const liveOptions = ['log.level', 'limits.rates'] as const

/** The place of one HTTP process in its node. */
export interface Place {
  /** From 1; no two processes of a node have the same at one time. */
  readonly slot: number
  /** No process of this node serves yet: what a crash cut off can be settled, for nothing of it is under way. */
  readonly first: boolean
  /** False when its owner accepts connections and gives them to it. */
  readonly listens: boolean
  readonly share: NodeShare
  readonly log: Logger
}

/** What a core has from its surroundings. */
type CoreParts = Limits & Pick<NodeShare, 'takeTurn'> & Pick<Place, 'log'> & { readonly meter?: Meter }

/** Opens the store and the tokens. Throws ConfigError; what was opened is closed again. */
export async function openCore(config: Config, given?: CoreParts): Promise<Core> {
  const parts = given ?? { ...createNodeShare(), log: createLog(config.log.level) }
  const { log, meter } = parts
  const store = await openConfigured(config, (event, facts, level) => log[level](facts, event))
  const hsm = createHsm({
    clusters: clusterConfigs(config),
    limits: { ...config.hsm, recycleMemory: config.hsm.recycleMemory * 1024 ** 2 },
    cwd: config.home,
    expected: (clusterId) => store.checkValues(clusterId),
    latches: createLatches(store),
    takeTurn: parts.takeTurn,
    onEvent(event, facts, level = 'info') {
      log[level](facts, event)
      if (meter !== undefined) countTokenEvent(meter, event, facts)
    },
    onServed(waited, took) {
      meter?.stages.note(waited, 'queue')
      meter?.stages.note(took, 'token')
    },
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
  const authorize = createAuthorizer({ store, clock: Date.now, resourceNames })
  const services: Services = {
    store,
    hsm,
    publicKeys: publicKeyCipher,
    clock: Date.now,
    authorize: meter === undefined ? authorize : timed(meter, 'policy', authorize),
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
    dialects: createDialects(config, services, { kms, ...parts }),
    log,
    clusters: () => hsm.status(),
    pingStore: () => store.ping(),
    async join(first) {
      // Alone, as the first process of its node, nobody can be making what is unfinished; beside others only what is
      // old is nobody's.
      await store.join(first ? () => giveUpUnfinished(services, 0) : async () => {})
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
    openAudit: (slot) => openAudit(config, slot, { hsm, store, log }),
    verifyAudit: (onSegment, anchorFile) => verifyAudit(config, hsm, store, onSegment, anchorFile),
    makeDrills: () => makeDrills(services),
    runDrill: (drill) => runDrill(services, drill),
    copyStore: (file) => store.copyTo(file),
    readiness: (more = {}) => checkReadiness({ store, hsm, ...more }, describe),
    close,
  } satisfies Core)
}

/** Opens the core, settles what a crash left, and listens. Throws what `openCore` throws, and EADDRINUSE. */
export async function openApp(config: Config, place: Place): Promise<App> {
  const { log, slot } = place
  const live = { ...config }
  const limits = await openLimits(config, place.share, log)
  const meter = createMeter(slot)
  const core = await openCore(live, {
    ...measureLimits(limits, meter),
    takeTurn: place.share.takeTurn,
    log,
    meter,
  }).catch(async (error: unknown) => {
    await limits.close()
    throw error
  })
  const audit = await core.openAudit(slot).catch(async (error: unknown) => {
    await core.close()
    await limits.close()
    throw new ConfigError('audit.folder', describe(error))
  })
  meter.watch({
    members: () => measuredMembers(core.clusters()),
    auditProblem: () => audit.trail.problem,
    limitsProblem: () => limits.problem,
    pingStore: core.pingStore,
  })
  const server = createServer({
    dialects: measureDialects(core.dialects, meter),
    audit: measureTrail(audit.trail, meter),
    uses: core.uses,
    limits: config.listen,
    listens: place.listens,
    brake: brakeOf(config, log),
    ...(config.tls === undefined ? {} : { tls: config.tls }),
    ...(config.metrics.listen === 'same' ? { metrics: () => place.share.metrics(meter.read) } : {}),
    readiness: () =>
      core.readiness({ audit: { problem: audit.trail.problem, warning: audit.warning }, limits }),
    onRequest: ({ cause, ...report }) => {
      if (cause === undefined) log.debug(report, 'request')
      else log.error({ ...report, error: describe(cause) }, 'request failed')
    },
  })
  const close = async () => {
    await drain(server)
    await noteUses(core)
    await audit.close()
    await core.close()
    await limits.close()
  }
  try {
    report(log, await core.join(place.first))
    await core.recordCards()
    const { host, port } = config.listen
    const url = place.listens ? await server.listen({ host, port }) : ''
    if (!place.listens) await serveGiven(server)
    const fail = (error: unknown) => log.warn({ error: describe(error) }, 'a latch could not be opened')
    const timers = [
      setInterval(() => void core.reopen().catch(fail), latchInterval).unref(),
      setInterval(() => void noteUses(core), usesInterval).unref(),
    ]
    return Object.freeze({
      ...core,
      url,
      accept: (socket) => accept(server, socket),
      maintain: oneAtATime(() => maintain(core)),
      measure: meter.read,
      reload(next: Config) {
        if (next.tls !== undefined) renewCertificate(server, next.tls)
        log.level = next.log.level
        Object.assign(live, { limits: { ...next.limits, url: live.limits.url } })
      },
      close() {
        for (const timer of timers) clearInterval(timer)
        return close()
      },
    } satisfies App)
  } catch (error) {
    await close()
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
