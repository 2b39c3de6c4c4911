// What each key state allows at Alibaba, and where it leads (KMS 2016-01-20, effects of key states).
import type { Lifecycle } from '../../core/key.ts'

const unchanged = { Enabled: 'Enabled', Disabled: 'Disabled', Archived: 'Archived' } as const

export const lifecycle: Lifecycle = {
  enable: { Enabled: 'Enabled', Disabled: 'Enabled' },
  disable: { Enabled: 'Disabled', Disabled: 'Disabled' },
  // Archiving is Tencent's notion; no action of this dialect asks for it.
  archive: {},
  'cancel-archive': {},
  'schedule-deletion': {
    Enabled: 'PendingDeletion',
    Disabled: 'PendingDeletion',
    Archived: 'PendingDeletion',
  },
  'cancel-deletion': { PendingDeletion: 'Enabled' },
  'update-description': unchanged,
  'create-alias': unchanged,
  'update-alias': unchanged,
  'enable-rotation': { Enabled: 'Enabled' },
  'disable-rotation': { Enabled: 'Enabled' },
}
