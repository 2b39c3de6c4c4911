// Access keys: secrets are sealed by the token at rest, and opened once per process for checking signatures.
import { createHash, randomUUID } from 'node:crypto'
import { equalSecrets } from './equal.ts'
import { kmsError } from './errors.ts'
import type { StoredCredential, Temporary } from './identities.ts'
import { bindingDigest, decodeSealed, encodeSealed } from './sealed.ts'
import { defaultCluster, type Services } from './services.ts'

/** Where the store keeps the id of the token key that seals secrets, and the cluster it lives in. */
const sealingKeySetting = 'sealing-key'
const sealingKeyLabel = 'service/seal'

/** An access key with its secret in clear; it signs in either dialect. */
export interface Credential {
  readonly accessKeyId: string
  readonly accountId: string
  /** The user it is of; absent for the account's own. */
  readonly userId?: string
  readonly secret: string
  readonly active: boolean
  /** Present on a temporary one, which is good only with its token. */
  readonly temporary?: Temporary
}

/** Finds access keys by id; undefined when there is none. Throws `unavailable` when the token cannot open one. */
export type CredentialReader = (accessKeyId: string) => Promise<Credential | undefined>

interface Opened {
  readonly stored: StoredCredential
  readonly secret: Promise<string>
  readonly credential: Promise<Credential>
}

function withSecret(stored: StoredCredential, secret: string): Credential {
  const { accessKeyId, accountId, userId, active, temporary } = stored
  return Object.freeze({
    accessKeyId,
    accountId,
    active,
    secret,
    ...(userId === undefined ? {} : { userId }),
    ...(temporary === undefined ? {} : { temporary }),
  })
}

/** Makes a reader that keeps opened secrets in memory, so that a signature costs no token operation. */
export function createCredentialReader(services: Services): CredentialReader {
  const opened = new Map<string, Opened>()
  return async (accessKeyId) => {
    const stored = await services.store.credential(accessKeyId)
    if (stored === undefined) return undefined
    let entry = opened.get(accessKeyId)
    // The store gives the same object until something has been written.
    if (entry?.stored !== stored) {
      const known = entry?.stored.sealedSecret.equals(stored.sealedSecret) ? entry.secret : undefined
      const secret = known ?? openSecret(services, stored)
      entry = { stored, secret, credential: secret.then((clear) => withSecret(stored, clear)) }
      opened.set(accessKeyId, entry)
    }
    try {
      return await entry.credential
    } catch (error) {
      opened.delete(accessKeyId)
      throw error
    }
  }
}

/**
 * Stores an access key with its secret sealed; false, and nothing stored, when its owner has `limit` enabled permanent ones
 * already. Throws `unavailable`.
 */
export async function storeCredential(
  services: Services,
  credential: Pick<StoredCredential, 'accessKeyId' | 'accountId' | 'userId' | 'temporary'> & {
    secret: string
  },
  limit = Number.POSITIVE_INFINITY,
): Promise<boolean> {
  const { secret, ...identity } = credential
  const { accessKeyId } = identity
  const { clusterId, keyVersionId } = await ensureSealingKey(services)
  const binding = bindingDigest('secret', keyVersionId, { accessKeyId })
  const bytes = Buffer.from(secret)
  const sealed = await services.hsm.wrap(clusterId, keyVersionId, bytes, binding)
  bytes.fill(0)
  const sealedSecret = encodeSealed({ keyVersionId, purpose: 'secret', body: Buffer.alloc(0), ...sealed })
  const row = { ...identity, sealedSecret, createdAt: services.clock() }
  return services.store.transact(async (writer) => {
    if (limit !== Number.POSITIVE_INFINITY && (await writer.countCredentials(identity)) >= limit) return false
    await writer.insertCredential(row)
    return true
  })
}

/** SHA-256 of a token, hex: what is stored of it. */
export function digestToken(token: string): string {
  return createHash('sha256').update(token).digest('hex')
}

/** How a token fits an access key. A permanent one is good without a token only. */
export function checkToken(
  { temporary }: Pick<Credential, 'temporary'>,
  token: string,
  now: number,
): 'good' | 'missing' | 'wrong' | 'expired' {
  if (temporary === undefined) return token === '' ? 'good' : 'wrong'
  if (token === '') return 'missing'
  if (!equalSecrets(digestToken(token), temporary.tokenDigest)) return 'wrong'
  return now >= temporary.expiresAt ? 'expired' : 'good'
}

async function openSecret(services: Services, stored: StoredCredential): Promise<string> {
  const envelope = decodeSealed(stored.sealedSecret)
  const { keyVersionId } = envelope
  const { clusterId } = await ensureSealingKey(services)
  const binding = bindingDigest('secret', keyVersionId, { accessKeyId: stored.accessKeyId })
  const bytes = await services.hsm.unwrap(clusterId, keyVersionId, envelope, binding)
  const secret = bytes.toString()
  bytes.fill(0)
  return secret
}

interface SealingKey {
  readonly clusterId: string
  readonly keyVersionId: string
}

async function ensureSealingKey(services: Services): Promise<SealingKey> {
  return readSealingKey((await services.store.setting(sealingKeySetting)) ?? (await makeSealingKey(services)))
}

function readSealingKey(setting: string): SealingKey {
  const [clusterId, keyVersionId] = setting.split('/')
  if (clusterId === undefined || keyVersionId === undefined) {
    throw kmsError('internal', { detail: `setting ${sealingKeySetting} is damaged` })
  }
  return { clusterId, keyVersionId }
}

// Of several that make one at a time the first in the store is the one; nothing was sealed with the others yet.
async function makeSealingKey(services: Services): Promise<string> {
  const clusterId = defaultCluster(services)
  const renew = async () => ({ keyVersionId: randomUUID(), label: sealingKeyLabel })
  const { keyVersionId } = await services.hsm.createKey(clusterId, randomUUID(), sealingKeyLabel, renew)
  const value = `${clusterId}/${keyVersionId}`
  const kept = await services.store.transact((writer) => writer.keepSetting(sealingKeySetting, value))
  // One that stays because its token is away now is used by nobody.
  if (kept !== value) await services.hsm.destroyKey(clusterId, keyVersionId).catch(() => undefined)
  return kept
}
