// KeyId as id, alias or ARN, and alias names with their prefix.
import { kmsError } from '../../core/errors.ts'
import type { KeyReference } from '../../core/services.ts'
import { type ActionContext, WireError } from '../dialect.ts'
import { ParameterError } from '../parameters.ts'

const prefix = 'alias/'
/** 1 to 255 characters after the prefix; `acs` is the cloud's own. */
const aliasName = /^(?!acs)[A-Za-z0-9_\-/]{1,255}$/

/**
 * A key by id, `alias/…`, or ARN, which is how a key of another account is named. An ARN of another region, or of another
 * account's alias, names nothing here: throws `key-not-found` or `alias-not-found`.
 */
export function keyReference(text: string, { caller, settings }: ActionContext): KeyReference {
  const { reference, region = settings.region, accountId = caller.accountId } = parse(text)
  const here = region === settings.region
  if (here && accountId === caller.accountId) return reference
  if (here && 'keyId' in reference) return { ...reference, accountId }
  throw 'alias' in reference ? kmsError('alias-not-found', reference) : kmsError('key-not-found', reference)
}

/** For actions that take an id (or ARN) only. Throws WireError Unsupported.Alias for an alias, whosever it is. */
export function keyIdOnly(text: string, { caller, settings }: ActionContext): string {
  const { reference, region = settings.region, accountId = caller.accountId } = parse(text)
  if ('alias' in reference) {
    throw new WireError('Unsupported.Alias', 'This action does not support an alias as KeyId.')
  }
  if (region !== settings.region || accountId !== caller.accountId) throw kmsError('key-not-found', reference)
  return reference.keyId
}

/** The name behind the prefix. Throws ParameterError naming AliasName. */
export function aliasNameOf(text: string): string {
  const name = text.startsWith(prefix) ? text.slice(prefix.length) : ''
  if (!aliasName.test(name)) throw new ParameterError('value', 'AliasName')
  return name
}

// What a text names, with the region and the account that only an ARN says.
function parse(text: string): { reference: KeyReference; region?: string; accountId?: string } {
  const [, region, accountId, resource] = /^acs:kms:([^:]*):([^:]*):(.+)$/.exec(text) ?? []
  if (region === undefined || accountId === undefined || resource === undefined) {
    return { reference: localReference(text) }
  }
  return { reference: localReference(resource.replace(/^key\//, '')), region, accountId }
}

function localReference(text: string): KeyReference {
  return text.startsWith(prefix) ? { alias: text.slice(prefix.length) } : { keyId: text }
}
