// The Alibaba Cloud KMS dialect (product Kms, version 2016-01-20): its parts put together.
import type { AuditNotes, Identity } from '../../core/caller.ts'
import { type ActionContext, callerOf, type Dialect, type DialectParts } from '../dialect.ts'
import { createCatalogue } from '../parameters.ts'
import { countRequest } from '../rate.ts'
import { actions } from './actions/index.ts'
import { accessKeyOf, authenticate } from './authenticate.ts'
import { dryRun } from './dry-run.ts'
import { type AlibabaCall, claims, failure, readCall, success } from './envelope.ts'
import { rateOf } from './rates.ts'

export { parseResource, resourceName } from './resource.ts'
export { sign } from './signature.ts'

/** Makes the dialect. Its actions' schemas are compiled here, once. */
export function createAlibaba(parts: DialectParts): Dialect<AlibabaCall> {
  const catalogue = createCatalogue(actions)
  const { settings } = parts
  return {
    name: 'alibaba',
    actions,
    claims,
    failedSignatures: new Set(['SignatureDoesNotMatch', 'InvalidAccessKeyId.NotFound']),
    read: (request) => readCall(request, catalogue),
    accessKeyOf,
    authenticate: (call) => authenticate(parts, call),
    actionOf: ({ entry }) => entry.action,
    async run(call: AlibabaCall, identity: Identity, notes: AuditNotes) {
      const { action } = call.entry
      const { name } = action
      const caller = callerOf(identity, action, call.request, notes)
      if (asksForDryRun(call)) {
        // A dry run counts for nothing.
        return dryRun(() => carryOut(call, { kms: parts.dryKms, caller, settings }), name)
      }
      await countRequest(parts, 'alibaba', caller, name, rateOf(name))
      return carryOut(call, { kms: parts.kms, caller, settings })
    },
    success: (_request, call, output) => success(call, output as object),
    failure,
  }
}

async function carryOut({ entry, input }: AlibabaCall, context: ActionContext): Promise<unknown> {
  entry.check(input)
  return entry.action.handle(input as never, context)
}

function asksForDryRun({ entry, input }: AlibabaCall): boolean {
  return (
    Object.hasOwn(entry.action.input.properties, 'DryRun') && (input as { DryRun?: unknown }).DryRun === true
  )
}
