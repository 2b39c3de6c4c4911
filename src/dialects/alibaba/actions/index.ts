// Every Alibaba action that is offered. Operations of core that Alibaba has no action for: several keys at once, random
// bytes, renaming, the service's description.
import type { Action } from '../../dialect.ts'
import { cancelKeyDeletion } from './cancel-key-deletion.ts'
import { createAlias } from './create-alias.ts'
import { createKey } from './create-key.ts'
import { createKeyVersion } from './create-key-version.ts'
import { decrypt } from './decrypt.ts'
import { deleteAlias } from './delete-alias.ts'
import { describeKey } from './describe-key.ts'
import { describeKeyVersion } from './describe-key-version.ts'
import { describeRegions } from './describe-regions.ts'
import { disableKey } from './disable-key.ts'
import { enableKey } from './enable-key.ts'
import { encrypt } from './encrypt.ts'
import { generateDataKey } from './generate-data-key.ts'
import { generateDataKeyWithoutPlaintext } from './generate-data-key-without-plaintext.ts'
import { getKeyPolicy } from './get-key-policy.ts'
import { listAliases } from './list-aliases.ts'
import { listAliasesByKeyId } from './list-aliases-by-key-id.ts'
import { listKeyVersions } from './list-key-versions.ts'
import { listKeys } from './list-keys.ts'
import { reEncrypt } from './re-encrypt.ts'
import { scheduleKeyDeletion } from './schedule-key-deletion.ts'
import { setKeyPolicy } from './set-key-policy.ts'
import { updateAlias } from './update-alias.ts'
import { updateKeyDescription } from './update-key-description.ts'
import { updateRotationPolicy } from './update-rotation-policy.ts'

export const actions: readonly Action[] = [
  cancelKeyDeletion,
  createAlias,
  createKey,
  createKeyVersion,
  decrypt,
  deleteAlias,
  describeKey,
  describeKeyVersion,
  describeRegions,
  disableKey,
  enableKey,
  encrypt,
  generateDataKey,
  generateDataKeyWithoutPlaintext,
  getKeyPolicy,
  listAliases,
  listAliasesByKeyId,
  listKeyVersions,
  listKeys,
  reEncrypt,
  scheduleKeyDeletion,
  setKeyPolicy,
  updateAlias,
  updateKeyDescription,
  updateRotationPolicy,
]
