// Every Tencent action that is offered. Operations of core that Tencent has no action for: alias listing, creation and
// deletion, key versions.
import type { Action } from '../../dialect.ts'
import { archiveKey } from './archive-key.ts'
import { cancelDataKeyDeletion } from './cancel-data-key-deletion.ts'
import { cancelKeyArchive } from './cancel-key-archive.ts'
import { cancelKeyDeletion } from './cancel-key-deletion.ts'
import { createKey } from './create-key.ts'
import { decrypt } from './decrypt.ts'
import { describeDataKey } from './describe-data-key.ts'
import { describeDataKeys } from './describe-data-keys.ts'
import { describeKey } from './describe-key.ts'
import { describeKeys } from './describe-keys.ts'
import { disableDataKey } from './disable-data-key.ts'
import { disableDataKeys } from './disable-data-keys.ts'
import { disableKey } from './disable-key.ts'
import { disableKeyRotation } from './disable-key-rotation.ts'
import { enableDataKey } from './enable-data-key.ts'
import { enableDataKeys } from './enable-data-keys.ts'
import { enableKey } from './enable-key.ts'
import { enableKeyRotation } from './enable-key-rotation.ts'
import { encrypt } from './encrypt.ts'
import { generateDataKey } from './generate-data-key.ts'
import { generateRandom } from './generate-random.ts'
import { getDataKeyCiphertextBlob } from './get-data-key-ciphertext-blob.ts'
import { getDataKeyPlaintext } from './get-data-key-plaintext.ts'
import { getKeyRotationStatus } from './get-key-rotation-status.ts'
import { getRegions } from './get-regions.ts'
import { getServiceStatus } from './get-service-status.ts'
import { importDataKey } from './import-data-key.ts'
import { listAlgorithms } from './list-algorithms.ts'
import { listDataKeyDetail } from './list-data-key-detail.ts'
import { listDataKeys } from './list-data-keys.ts'
import { listKeyDetail } from './list-key-detail.ts'
import { listKeys } from './list-keys.ts'
import { reEncrypt } from './re-encrypt.ts'
import { rotateKey } from './rotate-key.ts'
import { scheduleDataKeyDeletion } from './schedule-data-key-deletion.ts'
import { scheduleKeyDeletion } from './schedule-key-deletion.ts'
import { updateAlias } from './update-alias.ts'
import { updateDataKeyDescription } from './update-data-key-description.ts'
import { updateDataKeyName } from './update-data-key-name.ts'
import { updateKeyDescription } from './update-key-description.ts'

export const actions: readonly Action[] = [
  archiveKey,
  cancelDataKeyDeletion,
  cancelKeyArchive,
  cancelKeyDeletion,
  createKey,
  decrypt,
  describeDataKey,
  describeDataKeys,
  describeKey,
  describeKeys,
  disableDataKey,
  disableDataKeys,
  disableKey,
  disableKeyRotation,
  enableDataKey,
  enableDataKeys,
  enableKey,
  enableKeyRotation,
  encrypt,
  generateDataKey,
  generateRandom,
  getDataKeyCiphertextBlob,
  getDataKeyPlaintext,
  getKeyRotationStatus,
  getRegions,
  getServiceStatus,
  importDataKey,
  listAlgorithms,
  listDataKeyDetail,
  listDataKeys,
  listKeyDetail,
  listKeys,
  reEncrypt,
  rotateKey,
  scheduleDataKeyDeletion,
  scheduleKeyDeletion,
  updateAlias,
  updateDataKeyDescription,
  updateDataKeyName,
  updateKeyDescription,
]
