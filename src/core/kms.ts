// The face of the domain: one method per operation, each called by a known caller.
import { changeDataKeyState } from './operations/change-data-key-state.ts'
import { changeKeyState } from './operations/change-key-state.ts'
import { createAlias } from './operations/create-alias.ts'
import { createKey } from './operations/create-key.ts'
import { decrypt } from './operations/decrypt.ts'
import { deleteAlias } from './operations/delete-alias.ts'
import { describeDataKeys } from './operations/describe-data-keys.ts'
import { describeKey } from './operations/describe-key.ts'
import { describeKeyVersion } from './operations/describe-key-version.ts'
import { describeKeys } from './operations/describe-keys.ts'
import { describeService } from './operations/describe-service.ts'
import { encrypt } from './operations/encrypt.ts'
import { exportDataKey } from './operations/export-data-key.ts'
import { generateDataKey } from './operations/generate-data-key.ts'
import { generateRandom } from './operations/generate-random.ts'
import { getKeyPolicy } from './operations/get-key-policy.ts'
import { importDataKey } from './operations/import-data-key.ts'
import { listAliases } from './operations/list-aliases.ts'
import { listDataKeys } from './operations/list-data-keys.ts'
import { listKeySpecs } from './operations/list-key-specs.ts'
import { listKeyVersions } from './operations/list-key-versions.ts'
import { listKeys } from './operations/list-keys.ts'
import { openDataKey } from './operations/open-data-key.ts'
import { reEncrypt } from './operations/re-encrypt.ts'
import { renameKey } from './operations/rename-key.ts'
import { rotateKey } from './operations/rotate-key.ts'
import { scheduleKeyDeletion } from './operations/schedule-key-deletion.ts'
import { setKeyPolicy } from './operations/set-key-policy.ts'
import { setRotation } from './operations/set-rotation.ts'
import { updateAlias } from './operations/update-alias.ts'
import { updateDataKey } from './operations/update-data-key.ts'
import { updateKeyDescription } from './operations/update-key-description.ts'
import type { Caller, Services } from './services.ts'

const operations = {
  changeDataKeyState,
  changeKeyState,
  createAlias,
  createKey,
  decrypt,
  deleteAlias,
  describeDataKeys,
  describeKey,
  describeKeys,
  describeKeyVersion,
  describeService,
  encrypt,
  exportDataKey,
  generateDataKey,
  generateRandom,
  getKeyPolicy,
  importDataKey,
  listAliases,
  listDataKeys,
  listKeySpecs,
  listKeys,
  listKeyVersions,
  openDataKey,
  reEncrypt,
  renameKey,
  rotateKey,
  scheduleKeyDeletion,
  setKeyPolicy,
  setRotation,
  updateAlias,
  updateDataKey,
  updateKeyDescription,
}

type Operations = typeof operations
type Input<Name extends keyof Operations> = Parameters<Operations[Name]>[2]

/** Every operation, as a method of who calls and what they ask. Throws KmsError. */
export type Kms = {
  readonly [Name in keyof Operations]: (
    caller: Caller,
    ...input: Input<Name> extends undefined ? [] : [input: Input<Name>]
  ) => ReturnType<Operations[Name]>
}

/** Binds the operations to the parts they work with. */
export function createKms(services: Services): Kms {
  const bound = Object.entries(operations).map(([name, operation]) => [
    name,
    (caller: Caller, input: never) => operation(services, caller, input),
  ])
  return Object.freeze(Object.fromEntries(bound)) as Kms
}
