// The Hsm port without a token: AES key wrap by Node's own crypto, under random keys kept in memory.
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import { kmsError } from '../../src/core/errors.ts'
import type { ClusterInfo, Hsm, Wrapped } from '../../src/core/ports.ts'
import { decodePayload, encodePayload } from '../../src/core/sealed.ts'

/** RFC 3394's initial value; Node asks for it. */
const initialValue = Buffer.alloc(8, 0xa6)

/** A cluster per id, the first one the default. Throws `unavailable` where a real cluster would. */
export function createFakeHsm(clusterIds: readonly string[]): Hsm {
  return new FakeHsm(clusterIds)
}

class FakeHsm implements Hsm {
  readonly clusters: readonly ClusterInfo[]
  readonly #keys: ReadonlyMap<string, Map<string, Buffer>>

  constructor(clusterIds: readonly string[]) {
    this.clusters = clusterIds.map((id, index) => ({ id, name: `cluster ${id}`, default: index === 0 }))
    this.#keys = new Map(clusterIds.map((id) => [id, new Map<string, Buffer>()]))
  }

  async generate(clusterId: string, keyVersionId: string, length: number, binding: Buffer) {
    const bytes = randomBytes(length)
    return { ...(await this.wrap(clusterId, keyVersionId, bytes, binding)), bytes }
  }

  async wrap(clusterId: string, keyVersionId: string, bytes: Buffer, binding: Buffer) {
    const cipher = createCipheriv('aes256-wrap', this.#key(clusterId, keyVersionId), initialValue)
    const wrapped = Buffer.concat([cipher.update(encodePayload(bytes, binding)), cipher.final()])
    return { strategy: 'rfc3394', wrapped } as const
  }

  async unwrap(clusterId: string, keyVersionId: string, sealed: Wrapped, binding: Buffer) {
    const key = this.#key(clusterId, keyVersionId)
    if (sealed.strategy !== 'rfc3394') throw kmsError('ciphertext-invalid', {})
    let payload: Buffer
    try {
      const decipher = createDecipheriv('aes256-wrap', key, initialValue)
      payload = Buffer.concat([decipher.update(sealed.wrapped), decipher.final()])
    } catch (cause) {
      throw kmsError('ciphertext-invalid', {}, { cause })
    }
    const bytes = decodePayload(payload, binding)
    if (bytes === undefined) throw kmsError('ciphertext-invalid', {})
    return bytes
  }

  secretLimit() {
    return 1024
  }

  async random(clusterId: string, length: number) {
    this.#cluster(clusterId)
    return randomBytes(length)
  }

  async createKey(clusterId: string, keyVersionId: string) {
    const keys = this.#cluster(clusterId)
    if (!keys.has(keyVersionId)) keys.set(keyVersionId, randomBytes(32))
    const cipher = createCipheriv('aes-256-ecb', this.#key(clusterId, keyVersionId), null)
    return { keyVersionId, checkValue: cipher.update(Buffer.alloc(16)).subarray(0, 3).toString('hex') }
  }

  async destroyKey(clusterId: string, keyVersionId: string) {
    this.#cluster(clusterId).delete(keyVersionId)
  }

  async prove(clusterId: string) {
    this.#cluster(clusterId)
  }

  #cluster(clusterId: string): Map<string, Buffer> {
    const keys = this.#keys.get(clusterId)
    if (keys === undefined) throw kmsError('unavailable', { detail: `no cluster ${clusterId}` })
    return keys
  }

  #key(clusterId: string, keyVersionId: string): Buffer {
    const key = this.#cluster(clusterId).get(keyVersionId)
    if (key === undefined) throw kmsError('unavailable', { detail: `no key ${keyVersionId}` })
    return key
  }
}
