// Names of resources in each cloud's form, and back.
import type { Config } from '../config.ts'
import type { NamedResource, ResourceNames } from '../core/authorize.ts'
import { resourceName as alibabaResource, parseResource as parseAlibaba } from '../dialects/alibaba/index.ts'
import { parseResource as parseTencent, resourceName as tencentResource } from '../dialects/tencent/index.ts'

/** Names in the forms of both clouds, in the regions that are configured. */
export function createResourceNames(config: Pick<Config, 'tencent' | 'alibaba'>): ResourceNames {
  return (resource) => {
    const tencent = tencentResource(config.tencent.region, resource)
    const alibaba = alibabaResource(config.alibaba.region, resource)
    return tencent === undefined ? [alibaba] : [tencent, alibaba]
  }
}

/**
 * What people mean by a text: a name in either cloud's form, or what is the account's own: `keys`, `aliases`, `alias/NAME`,
 * or the id of a key.
 */
export function readResource(text: string, accountId: string): NamedResource {
  const named = parseAlibaba(text) ?? parseTencent(text)
  if (named !== undefined) return named
  if (text === 'keys' || text === 'aliases') return { accountId, all: text }
  return text.startsWith('alias/') ? { accountId, alias: text.slice(6) } : { accountId, keyId: text }
}
