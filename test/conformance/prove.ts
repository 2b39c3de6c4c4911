// Tests that prove lines of a page: their names say which, and docs/conformance.md is made from them.
import t, { type Test } from 'tap'
import { type PageId, pages } from './pages.ts'

/**
 * A function that runs a test under the names of the lines it proves. Calls are read as text by the generator of
 * docs/conformance.md, so lines and title must be literals: `prove(['parameter KeyId'], 'is required', async (t) => …)`.
 */
export function proverOf(page: PageId) {
  const { lines: known } = pages[page]
  return (lines: readonly string[], title: string, test: (t: Test) => Promise<void>) => {
    const unknown = lines.filter((line) => !Object.hasOwn(known, line))
    if (unknown.length > 0) throw new Error(`${page} has no line ${unknown.join(', ')}`)
    return t.test(`${page} ${lines.join(', ')}: ${title}`, test)
  }
}
