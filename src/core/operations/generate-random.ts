// Random bytes from the token, for the caller.
import {
  authorizeAccount,
  type Caller,
  defaultCluster,
  requireKnownCluster,
  type Services,
} from '../services.ts'

export interface GenerateRandomInput {
  /** Bytes, 1 to 1024. */
  readonly length: number
  readonly clusterId?: string
}

/** Bytes from C_GenerateRandom; the caller wipes them. Throws `cluster-invalid`. */
export async function generateRandom(
  services: Services,
  caller: Caller,
  input: GenerateRandomInput,
): Promise<{ bytes: Buffer }> {
  await authorizeAccount(services, caller)
  if (input.clusterId !== undefined) requireKnownCluster(services, input.clusterId)
  const clusterId = input.clusterId ?? defaultCluster(services)
  return { bytes: await services.hsm.random(clusterId, input.length) }
}
