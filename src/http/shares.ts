// How much of something that runs out one address may hold, and all of them together: connections, large bodies.

/** Things that are held for a while by owners. */
export interface Shares {
  /** Takes one for an owner; what gives it back, or undefined when there is none left for them. */
  take(owner: string): (() => void) | undefined
}

/** At most `total` held at once, and at most `each` by one owner. */
export function createShares(total: number, each: number): Shares {
  const held = new Map<string, number>()
  let all = 0
  return {
    take(owner) {
      const own = held.get(owner) ?? 0
      if (all >= total || own >= each) return undefined
      held.set(owner, own + 1)
      all++
      return () => {
        all--
        const left = (held.get(owner) ?? 1) - 1
        if (left === 0) held.delete(owner)
        else held.set(owner, left)
      }
    },
  }
}
