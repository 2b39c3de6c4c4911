// Requests a second and account that Alibaba documents for its actions.

/** GenerateDataKey by its page of 2024; the others share its gateway. Management actions have none published. */
const rates: ReadonlyMap<string, number> = new Map([
  ['Decrypt', 750],
  ['Encrypt', 750],
  ['GenerateDataKey', 750],
  ['GenerateDataKeyWithoutPlaintext', 750],
  ['ReEncrypt', 750],
])

/** The documented rate of an action; null when there is none. */
export function rateOf(action: string): number | null {
  return rates.get(action) ?? null
}
