// A token that is configured nowhere, held to the contract.
import { ConfigError, libraryEnvironment } from '../config.ts'
import { MemberConfigError } from '../hsm/cluster.ts'
import { type Qualification, qualify } from '../hsm/qualification.ts'

/** Holds one token, configured nowhere, to the contract. Throws ConfigError when it cannot be reached at all. */
export async function qualifyToken(
  token: { readonly module: string; readonly token: string; readonly pin: string; readonly initArgs: string },
  say: (step: string) => void,
): Promise<Qualification> {
  const limits = {
    callTimeout: 30_000,
    requestTimeout: 60_000,
    queue: 10_000,
    recycleOperations: 1e9,
    recycleMemory: 1e12,
  }
  try {
    const member = { ...token, env: libraryEnvironment(), checkBlobs: false }
    return await qualify(member, { limits, cwd: process.cwd() }, say)
  } catch (error) {
    throw error instanceof MemberConfigError ? new ConfigError(error.option, error.message) : error
  }
}
