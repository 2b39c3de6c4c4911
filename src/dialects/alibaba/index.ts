// The Alibaba Cloud KMS dialect (product Kms, version 2016-01-20): its parts put together.
import type { Caller } from '../../core/services.ts'
import type { Dialect, DialectParts } from '../dialect.ts'
import { createCatalogue } from '../parameters.ts'
import { actions } from './actions/index.ts'
import { authenticate } from './authenticate.ts'
import { type AlibabaCall, claims, failure, readCall, success } from './envelope.ts'

export { sign } from './signature.ts'

/** Makes the dialect. Its actions' schemas are compiled here, once. */
export function createAlibaba(parts: DialectParts): Dialect<AlibabaCall> {
  const catalogue = createCatalogue(actions)
  const { kms, settings } = parts
  return {
    name: 'alibaba',
    actions,
    claims,
    read: (request) => readCall(request, catalogue),
    authenticate: (call) => authenticate(parts, call),
    async run({ entry, input }: AlibabaCall, caller: Caller) {
      entry.check(input)
      return entry.action.handle(input as never, { kms, caller, settings })
    },
    success: (_request, call, output) => success(call, output as object),
    failure,
  }
}
