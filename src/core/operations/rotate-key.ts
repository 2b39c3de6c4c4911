// A caller has a key rotated at once.
import { kmsError } from '../errors.ts'
import { type Key, requireUse } from '../key.ts'
import type { StoreWriter } from '../ports.ts'
import { addVersion } from '../rotation.ts'
import { type Caller, findKey, type KeyReference, type Services } from '../services.ts'

/** When a key may be rotated by hand; the clouds differ, so each dialect brings its own rules. */
export interface RotationRules {
  /** Only keys whose automatic rotation is on. */
  readonly scheduledOnly: boolean
  /** The earliest time (ms) of the key's next rotation. */
  readonly earliest: (key: Key) => number
  /** Versions a key may have; null for no limit. */
  readonly versions: number | null
}

/** The key with its new primary version. Throws `key-not-found`, `key-state-refuses-use`, `rotation-refused`. */
export async function rotateKey(
  services: Services,
  caller: Caller,
  input: { readonly key: KeyReference; readonly rules: RotationRules },
): Promise<Key> {
  const key = await findKey(services, caller, input.key)
  return addVersion(services, key.id, (current, writer) => checkRules(services, current, input.rules, writer))
}

async function checkRules(
  services: Services,
  key: Key,
  { scheduledOnly, earliest, versions }: RotationRules,
  writer: StoreWriter,
): Promise<void> {
  const { id: keyId } = key
  requireUse(key, 'encrypt')
  if (scheduledOnly && key.rotationInterval === null)
    throw kmsError('rotation-refused', { keyId, reason: 'off' })
  if (services.clock() < earliest(key)) throw kmsError('rotation-refused', { keyId, reason: 'too-early' })
  if (versions !== null && (await writer.countVersions(keyId)) >= versions) {
    throw kmsError('rotation-refused', { keyId, reason: 'too-many-versions' })
  }
}
