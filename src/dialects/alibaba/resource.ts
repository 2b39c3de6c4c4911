// Resources in RAM's form (KMS access control: `acs:kms:region:account:key/…`).
import type { Resource } from '../../core/authorize.ts'
import { arn } from './key-metadata.ts'

/** A key, or the container of the account's keys. */
export function resourceName(region: string, { accountId, keyId }: Resource): string {
  return arn(region, accountId, keyId === undefined ? 'key' : `key/${keyId}`)
}
