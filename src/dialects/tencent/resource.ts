// Resources in CAM's six segments (KMS access management: `qcs::kms:region:uin/account:key/…`).
import type { Resource } from '../../core/authorize.ts'

/** A key by its creator and id, or the account's keys as a whole; every key here is its account's own. */
export function resourceName(region: string, { accountId, keyId }: Resource): string {
  const resource = keyId === undefined ? '*' : `creatorUin/${accountId}/${keyId}`
  return `qcs::kms:${region}:uin/${accountId}:key/${resource}`
}
