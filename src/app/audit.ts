// The audit log of a server: its trail, with the default cluster's tokens as notary.
import { existsSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { createOutsideAnchors, readAnchors } from '../audit/anchors.ts'
import { type Anchor, headBytes, readPublicKey } from '../audit/chain.ts'
import { listSegments, type OpenTrail, openTrail } from '../audit/trail.ts'
import { type Verification, verifyLog } from '../audit/verify.ts'
import type { Config } from '../config.ts'
import type { Store } from '../core/ports.ts'
import { defaultCluster } from '../core/services.ts'
import type { TokenHsm } from '../hsm/cluster.ts'
import type { Logger } from '../log.ts'
import { describe } from './describe.ts'
import { nodeName } from './node.ts'

/** Where the store keeps the public key (SPKI, base64), so that another pair cannot pass for it. */
const keySetting = 'audit-key'
const publicKeyFile = 'public-key.pem'

/** A trail whose heads are signed at intervals until it is closed. */
export interface ServerAudit {
  readonly trail: OpenTrail
  /** Why the newest head is not anchored outside as configured; undefined while all is well. */
  readonly warning: string | undefined
  close(): Promise<void>
}

/** The folder of the segments. */
export function auditFolder({ audit, home }: Config): string {
  return resolve(home, audit.folder)
}

/**
 * Opens the log of the worker in a slot of this node and begins to sign it. Each has a chain of its own, so that nobody
 * waits for anybody; a slot's next worker goes on with it. Throws what opening the folder throws.
 */
export async function openAudit(
  config: Config,
  slot: number,
  { hsm, store, log }: { readonly hsm: TokenHsm; readonly store: Store; readonly log: Logger },
): Promise<ServerAudit> {
  const chain = `${nodeName(config)}-${slot}`
  const clusterId = defaultCluster({ hsm })
  const folder = auditFolder(config)
  const outside = outsideAnchors(config, log)
  let publicKey: Buffer | undefined
  const prepare = async () => {
    publicKey ??= await preparePublicKey(folder, clusterId, hsm, store)
    return publicKey
  }
  const trail = await openTrail({
    folder,
    chain,
    segmentSize: config.audit.segmentSize * 1024 ** 2,
    clock: Date.now,
    notary: {
      async sign(head) {
        const signature = (await hsm.notary.sign(clusterId, await prepare(), headBytes(head))).toString(
          'base64',
        )
        outside.send({ ...head, time: Date.now(), signature })
        return signature
      },
      anchor: (newest) => hsm.notary.writeAnchor(clusterId, chain, Buffer.from(JSON.stringify(newest))),
    },
    onEvent: (event, facts) => log.error(facts, event),
  })
  // Without a token now heads are signed as soon as there is one; the lines are kept all the same.
  await prepare().catch((error: unknown) => {
    log.warn({ error: describe(error) }, 'the audit log has no public key yet')
  })
  const timer = setInterval(() => void trail.signHead(), config.audit.headInterval * 1000).unref()
  return {
    trail,
    get warning() {
      return outside.warning
    },
    async close() {
      clearInterval(timer)
      await trail.close()
      await outside.close()
    },
  }
}

function outsideAnchors({ audit: { anchor = {} }, home }: Config, log: Logger) {
  const { file, webhook } = anchor
  return createOutsideAnchors({
    ...(file === undefined ? {} : { file: resolve(home, file) }),
    ...(webhook === undefined ? {} : { webhook }),
    onEvent: (event, facts) => log.warn(facts, event),
  })
}

// Nodes that start on a fresh token at one time may each make a pair: the first in the store signs for all.
async function preparePublicKey(
  folder: string,
  clusterId: string,
  hsm: TokenHsm,
  store: Store,
): Promise<Buffer> {
  const make = async () => {
    const made = (await hsm.notary.publicKey(clusterId)).toString('base64')
    return store.transact((writer) => writer.keepSetting(keySetting, made))
  }
  const spki = Buffer.from((await store.setting(keySetting)) ?? (await make()), 'base64')
  const file = join(folder, publicKeyFile)
  const pem = () => readPublicKey(spki).export({ type: 'spki', format: 'pem' })
  if (!existsSync(file)) writeFileSync(file, pem(), { mode: 0o644 })
  return spki
}

function isOf(node: string, chain: string): boolean {
  return chain.startsWith(`${node}-`) && /^\d+$/.test(chain.slice(node.length + 1))
}

/**
 * Holds a home's log against the token's key and memory, and against the text of an anchor file that was kept outside.
 * Throws AnchorFileError, and what reading the log throws.
 */
export async function verifyAudit(
  config: Config,
  hsm: TokenHsm,
  store: Store,
  onSegment: (file: string) => void,
  anchorFile?: string,
): Promise<Verification> {
  const clusterId = defaultCluster({ hsm })
  const spki = await store.setting(keySetting)
  const publicKey = spki === undefined ? undefined : readPublicKey(Buffer.from(spki, 'base64'))
  const folder = auditFolder(config)
  const node = nodeName(config)
  const remembered = await hsm.notary.readAnchors(clusterId)
  // Others, and a file that they share, know the chains of every node; another node's lines are not here to be missed.
  const isKept = ({ chain }: Anchor) => isOf(node, chain) || listSegments(folder, chain).length > 0
  return verifyLog({
    folder,
    anchors: remembered.map((bytes) => JSON.parse(bytes.toString()) as Anchor).filter(isKept),
    onSegment,
    ...(anchorFile === undefined ? {} : { outside: readAnchors(anchorFile, publicKey).filter(isKept) }),
    ...(publicKey === undefined ? {} : { publicKey }),
  })
}
