// An audit log with a notary of its own, for tests: a real key pair, and a memory that only grows.
import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import type { Anchor } from '../../src/audit/chain.ts'
import { headBytes } from '../../src/audit/chain.ts'
import { type Notary, type OpenTrail, openTrail, type TrailOptions } from '../../src/audit/trail.ts'
import type { AuditRecord } from '../../src/core/audit.ts'

export interface TestNotary extends Notary {
  readonly publicKey: KeyObject
  readonly anchors: Anchor[]
}

export function createNotary(): TestNotary {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const anchors: Anchor[] = []
  return {
    publicKey,
    anchors,
    async sign(head) {
      return sign('sha256', headBytes(head), { key: privateKey, dsaEncoding: 'ieee-p1363' }).toString(
        'base64',
      )
    },
    async anchor(newest) {
      anchors.splice(0, anchors.length, newest)
    },
  }
}

let count = 0

export function record(changes: Partial<AuditRecord> = {}): AuditRecord {
  return {
    time: 1_700_000_000_000 + ++count,
    requestId: `request-${count}`,
    dialect: 'tencent',
    sourceAddress: '127.0.0.1',
    action: 'GenerateDataKey',
    accountId: '100000000001',
    accessKeyId: 'AKIDtest',
    userId: '',
    outcome: 'OK',
    duration: 1,
    ...changes,
  }
}

/** Opens a log in a folder; events are kept in `events`. */
export function openLog(
  folder: string,
  notary: Notary,
  options: Partial<TrailOptions> = {},
  events: string[] = [],
): Promise<OpenTrail> {
  return openTrail({
    folder,
    chain: 'main',
    segmentSize: 1024 * 1024,
    clock: () => 1_700_000_000_000,
    notary,
    onEvent: (event) => events.push(event),
    ...options,
  })
}
