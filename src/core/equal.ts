// Comparison of secrets: the time it takes says nothing of where two of them differ.
import { timingSafeEqual } from 'node:crypto'

/** True when two texts are the same. Takes as long for any two of one length; lengths are no secret. */
export function equalSecrets(given: string, known: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(known)]
  return a.length === b.length && timingSafeEqual(a, b)
}
