// Clients of two nodes, as applications have them: who fails at one address tries the other, and writes down what was acknowledged.
import type { Call, Reply } from './sdks.ts'

/** What clients saw while something was going on. */
export interface Figures {
  requests: number
  /** First attempts that failed. */
  retried: number
  /** Codes of requests whose second attempt failed too. */
  readonly failed: string[]
  /** Milliseconds of the longest request, both attempts together. */
  longest: number
}

/** A reply, and which of the two nodes it came from. */
export interface Answer {
  readonly reply: Reply
  readonly node: 0 | 1
}

export interface Failover {
  /**
   * Asks the first node, and after a failure the other one, with the input `again` where it must differ. Throws what the
   * second attempt throws.
   */
  ask(first: 0 | 1, action: string, input: Record<string, unknown>, again?: typeof input): Promise<Answer>
  /** Begins to count anew, into the figures it returns. */
  watch(): Figures
}

/** What a failed call says of itself: a code of the cloud or of the system. */
export const codeOf = (error: unknown) => {
  const { code, message } = error as { code?: string; message?: string }
  return String(code ?? message)
}

/** Clients over the calls to both nodes, and their figures together. */
export function createFailover(calls: readonly [Call, Call]): Failover {
  const begin = (): Figures => ({ requests: 0, retried: 0, failed: [], longest: 0 })
  let figures = begin()
  return {
    async ask(first, action, input, again = input) {
      const counted = figures
      const began = performance.now()
      counted.requests++
      try {
        return { reply: await calls[first](action, input), node: first }
      } catch {
        counted.retried++
        const node = first === 0 ? 1 : 0
        try {
          return { reply: await calls[node](action, again), node }
        } catch (error) {
          counted.failed.push(codeOf(error))
          throw error
        }
      } finally {
        counted.longest = Math.max(counted.longest, performance.now() - began)
      }
    },
    watch() {
      figures = begin()
      return figures
    },
  }
}

/** What a key may be, by what was acknowledged: one alias and one state, or two while a write's outcome is not known. */
export interface Expected {
  aliases: string[]
  states: string[]
}

/** Keys and what their writes acknowledged. */
export class Ledger {
  readonly keys = new Map<string, Expected>()
  writes = 0

  created(keyId: string, alias: string): void {
    this.writes++
    this.keys.set(keyId, { aliases: [alias], states: ['Enabled'] })
  }

  /** Runs a write that gives a key another alias or state. Throws what it throws; then either may be there. */
  async change(
    keyId: string,
    kind: keyof Expected,
    value: string,
    write: () => Promise<unknown>,
  ): Promise<void> {
    const expected = this.keys.get(keyId)
    if (expected === undefined) throw new Error(`no key ${keyId}`)
    expected[kind] = [...expected[kind], value]
    await write()
    expected[kind] = [value]
    this.writes++
  }

  /** What a listing of keys (ListKeyDetail) has otherwise than it was acknowledged. */
  differences(listed: readonly { KeyId: string; Alias: string; KeyState: string }[]): string[] {
    const found = new Map(listed.map((key) => [key.KeyId, key]))
    return [...this.keys].flatMap(([keyId, { aliases, states }]) => {
      const key = found.get(keyId)
      if (key === undefined) return [`${keyId} is not there`]
      return aliases.includes(key.Alias) && states.includes(key.KeyState)
        ? []
        : [`${keyId} is ${key.Alias} ${key.KeyState}, and should be ${aliases.join('|')} ${states.join('|')}`]
    })
  }
}
