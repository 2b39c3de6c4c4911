// Capability cards as they were at the last start: a token that can suddenly do less, or more, is news for its operators.
import type { Store } from './ports.ts'

/** A member's card, plain data. */
export interface MemberCard {
  readonly clusterId: string
  readonly member: string
  readonly card: object
}

/** A card that is not what it was. */
export interface ChangedCard extends MemberCard {
  readonly before: object
}

/** Keeps the cards; those that differ from the ones kept before. */
export async function recordCards(
  store: Store,
  cards: readonly MemberCard[],
): Promise<readonly ChangedCard[]> {
  const changed: ChangedCard[] = []
  for (const { clusterId, member, card } of cards) {
    const name = `card/${clusterId}/${member}`
    const before = await store.setting(name)
    const now = JSON.stringify(card)
    if (before === now) continue
    if (before !== undefined) changed.push({ clusterId, member, card, before: JSON.parse(before) as object })
    await store.transact((writer) => writer.setSetting(name, now))
  }
  return changed
}
