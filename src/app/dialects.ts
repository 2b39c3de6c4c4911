// The dialects of one process, with their settings.
import type { Config } from '../config.ts'
import { createCredentialReader } from '../core/credentials.ts'
import { createDryKms } from '../core/dry-run.ts'
import type { Services } from '../core/services.ts'
import { createAlibaba } from '../dialects/alibaba/index.ts'
import type { Dialect, DialectParts } from '../dialects/dialect.ts'
import { createTencent } from '../dialects/tencent/index.ts'
import type { Limits } from '../limits/redis.ts'

/** Both, in the order in which they are asked. */
export function createDialects(
  config: Config,
  services: Services,
  given: Limits & Pick<DialectParts, 'kms'>,
): readonly Dialect[] {
  const parts = {
    ...given,
    dryKms: createDryKms(services),
    credentials: createCredentialReader(services),
    clock: services.clock,
  }
  const { profile } = config
  const { edition } = config.tencent
  const settings = (name: 'tencent' | 'alibaba'): DialectParts => ({
    ...parts,
    settings: {
      region: config[name].region,
      edition,
      profile,
      // Asked for each time: a reload changes them.
      get rates() {
        return config.limits.rates?.[name] ?? {}
      },
    },
  })
  // Alibaba comes last: it answers what nobody claims, with the HTTP status that says so.
  return [createTencent(settings('tencent')), createAlibaba(settings('alibaba'))] as Dialect[]
}
