// What is known about each key spec, one row each.
import type { Key } from './key.ts'

/** A kind of CMK this service makes. Sizes are in bytes. */
export interface KeySpec {
  readonly name: Key['spec']
  readonly usage: Key['usage']
  readonly keyLength: number
}

/** Every spec that can be created. A dialect maps its own names to these and refuses the rest. */
export const keySpecs: readonly KeySpec[] = [{ name: 'AES_256', usage: 'ENCRYPT_DECRYPT', keyLength: 32 }]
