// Resources in CAM's six segments (KMS access management: `qcs::kms:region:uin/account:key/…`).
import type { NamedResource, Resource } from '../../core/authorize.ts'

/** A key by its creator and id, or the account's keys as a whole; aliases are no resources of this cloud. */
export function resourceName(region: string, resource: Resource): string | undefined {
  const { accountId } = resource
  const prefix = `qcs::kms:${region}:uin/${accountId}:key/`
  if ('keyId' in resource) return `${prefix}creatorUin/${accountId}/${resource.keyId}`
  return 'all' in resource && resource.all === 'keys' ? `${prefix}*` : undefined
}

/** What a name in this cloud's form is about; undefined for a text in another form. The region is not looked at. */
export function parseResource(name: string): NamedResource | undefined {
  const [, accountId, keyId] =
    /^qcs::kms:[^:]*:uin\/([^:]+):key\/(?:\*|creatorUin\/[^/]+\/([^/]+))$/.exec(name) ?? []
  if (accountId === undefined) return undefined
  return keyId === undefined ? { accountId, all: 'keys' } : { accountId, keyId }
}
