// What each key state allows at Tencent, and where it leads (KMS API 2019-01-18; Terraform repeats calls freely).
import type { Lifecycle } from '../../core/key.ts'

export const lifecycle: Lifecycle = {
  enable: { Enabled: 'Enabled', Disabled: 'Enabled' },
  disable: { Enabled: 'Disabled', Disabled: 'Disabled' },
  archive: { Enabled: 'Archived', Disabled: 'Archived', Archived: 'Archived' },
  'cancel-archive': { Archived: 'Enabled' },
  'schedule-deletion': { Disabled: 'PendingDeletion', Archived: 'PendingDeletion' },
  'cancel-deletion': { PendingDeletion: 'Disabled' },
  'update-description': { Enabled: 'Enabled', Disabled: 'Disabled', Archived: 'Archived' },
  'create-alias': { Enabled: 'Enabled', Disabled: 'Disabled', Archived: 'Archived' },
  'update-alias': { Enabled: 'Enabled', Disabled: 'Disabled', Archived: 'Archived' },
  // Terraform enables rotation of keys it has just disabled, and disables it in any state.
  'enable-rotation': { Enabled: 'Enabled', Disabled: 'Disabled' },
  'disable-rotation': {
    Enabled: 'Enabled',
    Disabled: 'Disabled',
    Archived: 'Archived',
    PendingDeletion: 'PendingDeletion',
  },
}
