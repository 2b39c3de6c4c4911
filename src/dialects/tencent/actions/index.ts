// Every Tencent action that is offered. Operations of core that Tencent has no action for: alias listing, creation and
// deletion, key versions.
import type { Action } from '../../dialect.ts'
import { archiveKey } from './archive-key.ts'
import { cancelKeyArchive } from './cancel-key-archive.ts'
import { cancelKeyDeletion } from './cancel-key-deletion.ts'
import { createKey } from './create-key.ts'
import { decrypt } from './decrypt.ts'
import { describeKey } from './describe-key.ts'
import { describeKeys } from './describe-keys.ts'
import { disableKey } from './disable-key.ts'
import { enableKey } from './enable-key.ts'
import { encrypt } from './encrypt.ts'
import { generateDataKey } from './generate-data-key.ts'
import { generateRandom } from './generate-random.ts'
import { getRegions } from './get-regions.ts'
import { getServiceStatus } from './get-service-status.ts'
import { listAlgorithms } from './list-algorithms.ts'
import { listKeyDetail } from './list-key-detail.ts'
import { listKeys } from './list-keys.ts'
import { reEncrypt } from './re-encrypt.ts'
import { scheduleKeyDeletion } from './schedule-key-deletion.ts'
import { updateAlias } from './update-alias.ts'
import { updateKeyDescription } from './update-key-description.ts'

export const actions: readonly Action[] = [
  archiveKey,
  cancelKeyArchive,
  cancelKeyDeletion,
  createKey,
  decrypt,
  describeKey,
  describeKeys,
  disableKey,
  enableKey,
  encrypt,
  generateDataKey,
  generateRandom,
  getRegions,
  getServiceStatus,
  listAlgorithms,
  listKeyDetail,
  listKeys,
  reEncrypt,
  scheduleKeyDeletion,
  updateAlias,
  updateKeyDescription,
]
