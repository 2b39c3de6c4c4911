// Requests a second and account that Tencent documents for each action.

const usual = 100

/**
 * What differs from the usual rate (category page of the API, China edition). GenerateDataKey has the rates of its own
 * two pages, which differ from each other and from that list.
 */
const others: ReadonlyMap<string, number> = new Map([
  ['Decrypt', 300],
  ['Encrypt', 300],
  ['GenerateRandom', 300],
  ['GetDataKeyPlaintext', 300],
  ['CancelDataKeyDeletion', 20],
  ['RotateKey', 20],
  ['ScheduleDataKeyDeletion', 20],
  ['UpdateDataKeyDescription', 20],
  ['UpdateDataKeyName', 20],
])

const generateDataKey = { cn: 100, intl: 150 } as const

/** The documented rate of an action. */
export function rateOf(action: string, edition: 'cn' | 'intl'): number {
  if (action === 'GenerateDataKey') return generateDataKey[edition]
  return others.get(action) ?? usual
}
