// Resources in RAM's form (KMS access control: `acs:kms:region:account:key/…`).
import type { NamedResource, Resource } from '../../core/authorize.ts'
import { arn } from './key-metadata.ts'

const containers = { keys: 'key', aliases: 'alias' } as const

/** A key, an alias, or the container of the account's keys or aliases. */
export function resourceName(region: string, resource: Resource): string {
  if ('all' in resource) return arn(region, resource.accountId, containers[resource.all])
  const item = 'keyId' in resource ? `key/${resource.keyId}` : `alias/${resource.alias}`
  return arn(region, resource.accountId, item)
}

/** What a name in this cloud's form is about; undefined for a text in another form. The region is not looked at. */
export function parseResource(name: string): NamedResource | undefined {
  const [, accountId, kind, item] = /^acs:kms:[^:]*:([^:]+):(key|alias)(?:\/(.+))?$/.exec(name) ?? []
  if (accountId === undefined) return undefined
  if (item === undefined) return { accountId, all: kind === 'key' ? 'keys' : 'aliases' }
  return kind === 'key' ? { accountId, keyId: item } : { accountId, alias: item }
}
