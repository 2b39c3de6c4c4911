// Calls of the audit log in the shapes that the clouds' own trails have.
import { createReadStream } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { AuditRecord } from '../core/audit.ts'
import type { Line } from './chain.ts'
import { chainOf, listSegments } from './trail.ts'

export type ExportFormat = 'json' | 'cloudaudit' | 'actiontrail'

const time = (record: AuditRecord) => `${new Date(record.time).toISOString().slice(0, 19)}Z`
const failed = (record: AuditRecord) => record.outcome !== 'OK'

/** One shape per format. `json` is the record as it is kept. */
const shapes: Readonly<Record<ExportFormat, (record: AuditRecord) => object>> = {
  json: (record) => record,
  // Tencent CloudAudit, LookUpEvents: the members of CloudAuditEvent.
  cloudaudit: (record) => ({
    eventId: record.requestId,
    eventName: record.action,
    eventSource: 'kms.tencentcloudapi.com',
    eventTime: Math.floor(record.time / 1000),
    requestID: record.requestId,
    sourceIPAddress: record.sourceAddress,
    errorCode: failed(record) ? record.outcome : '0',
    userIdentity: {
      accountId: record.accountId,
      principalId: record.userId || record.accountId,
      secretId: record.accessKeyId,
    },
    resourceName: record.keyId ?? '',
  }),
  // Alibaba ActionTrail, LookupEvents.
  actiontrail: (record) => ({
    eventId: record.requestId,
    eventName: record.action,
    eventSource: 'kms.aliyuncs.com',
    eventTime: time(record),
    eventType: 'ApiCall',
    requestId: record.requestId,
    serviceName: 'Kms',
    sourceIpAddress: record.sourceAddress,
    ...(failed(record) ? { errorCode: record.outcome } : {}),
    userIdentity: {
      type: record.userId === '' ? 'root-account' : 'ram-user',
      accountId: record.accountId,
      principalId: record.userId || record.accountId,
      accessKeyId: record.accessKeyId,
    },
    referencedResources: record.keyId === undefined ? {} : { 'ACS::KMS::Key': [record.keyId] },
  }),
}

export const exportFormats = Object.keys(shapes) as readonly ExportFormat[]

/**
 * Every call of the log in the shape asked for, the chains woven together by time. `seen` holds the number of the last
 * line seen of each chain: only what comes after is given, and it is kept up. Throws what reading throws.
 */
export async function* exportCalls(
  folder: string,
  format: ExportFormat,
  seen: Map<string, number> = new Map(),
): AsyncGenerator<object> {
  const chains = [...new Set(listSegments(folder).map(chainOf))]
  const readers = chains.map((chain) => readCalls(folder, chain, seen))
  const next = await Promise.all(readers.map((reader) => reader.next()))
  for (;;) {
    const times = next.map(({ value }) => value?.time ?? Number.POSITIVE_INFINITY)
    const oldest = times.indexOf(Math.min(...times))
    const record = next[oldest]?.value
    const reader = readers[oldest]
    if (record === undefined || reader === undefined) return
    yield shapes[format](record)
    next[oldest] = await reader.next()
  }
}

async function* readCalls(
  folder: string,
  chain: string,
  seen: Map<string, number>,
): AsyncGenerator<AuditRecord, undefined> {
  for (const file of listSegments(folder, chain)) {
    for await (const text of createInterface({ input: createReadStream(join(folder, file)) })) {
      const line = parse(text)
      if (line === undefined || line.seq <= (seen.get(chain) ?? 0)) continue
      seen.set(chain, line.seq)
      if (line.type !== 'call') continue
      const { seq: _seq, prev: _prev, type: _type, ...record } = line
      yield record
    }
  }
}

// A line that is being written, or that a crash cut short, is nobody's yet.
function parse(text: string): Line | undefined {
  try {
    return JSON.parse(text) as Line
  } catch {
    return undefined
  }
}
