// Rotation as Tencent documents it: when a key may be rotated by hand.
import type { RotationRules } from '../../core/operations/rotate-key.ts'
import { day } from '../../core/units.ts'
import type { DialectSettings } from '../dialect.ts'

/** Only keys whose rotation is enabled, and once in 24 hours. */
export function rotationRules({ profile }: DialectSettings): RotationRules {
  const earliest: RotationRules['earliest'] = ({ rotatedAt }) =>
    profile === 'on-prem' || rotatedAt === null ? 0 : rotatedAt + day
  return { scheduledOnly: true, earliest, versions: null }
}
