// Continuous health tests of a token's random bytes (NIST SP 800-90B §4.4): repetition count, adaptive proportion.

/**
 * Cutoffs for full-entropy bytes and a false alarm in 2^60: as many equal bytes in a row, or as many of a window equal to
 * its first byte, as no sound generator gives in the life of the service.
 */
const repetitionCutoff = 9
const proportionCutoff = 26
const window = 512

/** Bytes that a generator must get right before it is trusted (§4.3: at least 1,024 samples). */
export const startUpLength = 4096

/** Looks at every byte that passes; keeps what it needs from one call to the next. */
export class RandomHealth {
  #last = -1
  #repeated = 0
  #first = -1
  #equal = 0
  #seen = 0

  /** False when these bytes, after those before, are not what a sound generator gives. */
  check(bytes: Buffer): boolean {
    let sound = true
    for (const byte of bytes) {
      this.#repeated = byte === this.#last ? this.#repeated + 1 : 1
      this.#last = byte
      if (this.#seen === 0) this.#first = byte
      if (byte === this.#first) this.#equal++
      if (this.#repeated >= repetitionCutoff || this.#equal >= proportionCutoff) sound = false
      if (++this.#seen === window) [this.#seen, this.#equal] = [0, 0]
    }
    return sound
  }
}
