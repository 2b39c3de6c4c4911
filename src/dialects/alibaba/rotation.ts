// Rotation as Alibaba documents it: intervals on the wire, and when a version may be made by hand.
import { Type } from 'typebox'
import type { RotationRules } from '../../core/operations/rotate-key.ts'
import { day } from '../../core/units.ts'
import type { DialectSettings } from '../dialect.ts'
import { ParameterError } from '../parameters.ts'

const units: Readonly<Record<string, number>> = { d: day, h: 3_600_000, m: 60_000, s: 1000 }
/** Shortest and longest interval, in days. */
const [shortest, longest] = [7, 730]
/** Versions a key may have in the cloud. */
const versionLimit = 50

export const rotationInterval = Type.Optional(
  Type.String({
    description: `A number and d, h, m or s, ${shortest} to ${longest} days; required with automatic rotation, else not looked at.`,
  }),
)

/** Milliseconds of `7d`, `168h`, `604800s`. Throws ParameterError when it is absent or out of range. */
export function parseRotationInterval(text: string | undefined): number {
  if (text === undefined) throw new ParameterError('missing', 'RotationInterval')
  const [, count, unit = ''] = /^(\d{1,9})([dhms])$/.exec(text) ?? []
  const interval = Number(count) * (units[unit] ?? Number.NaN)
  if (!(interval >= shortest * day && interval <= longest * day)) {
    throw new ParameterError('value', 'RotationInterval')
  }
  return interval
}

/**
 * A version by hand not within 7 days of the last one, and 50 versions at most. The page offers it for asymmetric keys;
 * there are none here, so it is offered for the symmetric ones.
 */
export function rotationRules({ profile }: DialectSettings): RotationRules {
  if (profile === 'on-prem') return { scheduledOnly: false, earliest: () => 0, versions: null }
  const earliest: RotationRules['earliest'] = ({ rotatedAt, createdAt }) =>
    (rotatedAt ?? createdAt) + shortest * day
  return { scheduledOnly: false, earliest, versions: versionLimit }
}
