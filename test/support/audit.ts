// Audit trails for tests: one that keeps its records in memory.
import type { AuditRecord, AuditTrail } from '../../src/core/audit.ts'

export interface TestTrail extends AuditTrail {
  readonly records: AuditRecord[]
}

/** A trail that can always be written. */
export function createTestTrail(): TestTrail {
  const records: AuditRecord[] = []
  return {
    records,
    requireWritable() {},
    async append(record) {
      records.push(record)
    },
  }
}

/** For tests that do not ask when access keys were used. */
export const uses = { note() {} }
