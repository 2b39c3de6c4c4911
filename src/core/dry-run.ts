// The operations without their effects: every check is made, nothing is generated and nothing changed.
import { kmsError } from './errors.ts'
import { createKms, type Kms } from './kms.ts'
import type { Hsm } from './ports.ts'
import type { Services } from './services.ts'

/**
 * Operations that stop, with `dry-run-passed`, at the first thing that would make or change something. Opening a
 * blob changes nothing, so a dry decryption is done, and returns: its plaintext is the caller's to wipe.
 */
export function createDryKms(services: Services): Kms {
  const stop = () => Promise.reject(kmsError('dry-run-passed', {}))
  const { hsm: real } = services
  const hsm: Hsm = {
    clusters: real.clusters,
    unwrap: (...args) => real.unwrap(...args),
    secretLimit: (clusterId) => real.secretLimit(clusterId),
    prove: (clusterId) => real.prove(clusterId),
    generate: stop,
    wrap: stop,
    random: stop,
    createKey: stop,
    destroyKey: stop,
  }
  return createKms({ ...services, hsm, store: { ...services.store, transact: stop } })
}
