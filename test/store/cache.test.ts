// The rows kept in memory: when they serve, when they are read anew, and what those get who ask at once.
import t from 'tap'
import type { User } from '../../src/core/identities.ts'
import { createCache } from '../../src/store/cache.ts'

const user = (name: string): User =>
  Object.freeze({ id: name, accountId: '1', name, status: 'Active', policies: [], createdAt: 1 })

/** A cache over a version that the test sets, and queries that the test answers. */
function make() {
  const state = { version: 1 as number | undefined, queries: 0 }
  const answers: ((row: User | undefined) => void)[] = []
  const cache = createCache({ version: () => state.version })
  const read = () =>
    cache.read('user/a', () => {
      state.queries++
      return new Promise<User | undefined>((resolve) => answers.push(resolve))
    })
  return { state, answers, cache, read }
}

t.test('a row is kept until somebody commits, or this process writes', async (t) => {
  const { state, answers, cache, read } = make()
  const commit = () => {
    state.version = 2
  }
  for (const change of [() => {}, commit, cache.clear]) {
    change()
    const first = read()
    answers.pop()?.(user('a'))
    t.equal(await first, await read())
  }
  t.equal(state.queries, 3)
})

t.test('what is not there is asked for each time', async (t) => {
  const { state, answers, read } = make()
  for (let count = 0; count < 2; count++) {
    const row = read()
    answers.pop()?.(undefined)
    t.equal(await row, undefined)
  }
  t.equal(state.queries, 2)
})

t.test(
  'while commits are not heard of nothing is kept, but those who ask at once share a query',
  async (t) => {
    const { state, answers, read } = make()
    state.version = undefined
    const both = [read(), read()]
    t.equal(state.queries, 1)
    answers.pop()?.(user('a'))
    t.equal(await both[0], await both[1])
    const again = read()
    t.equal(state.queries, 2)
    answers.pop()?.(user('b'))
    t.equal((await again)?.name, 'b')
  },
)

t.test('a query from before a write serves nobody who asks after it, and is not kept', async (t) => {
  for (const write of ['own', 'foreign'] as const) {
    const { state, answers, cache, read } = make()
    const before = read()
    if (write === 'own') cache.clear()
    else state.version = 2
    const after = read()
    t.equal(state.queries, 2)
    answers[0]?.(user('old'))
    answers[1]?.(user('new'))
    t.equal((await before)?.name, 'old')
    t.equal((await after)?.name, 'new')
    t.equal((await read())?.name, 'new')
  }
})

t.test('a query that fails fails all who share it, and the next one is made', async (t) => {
  const { cache } = make()
  let queries = 0
  const fail = () => {
    queries++
    return Promise.reject(new Error('away'))
  }
  const both = [cache.read('x', fail), cache.read('x', fail)]
  for (const row of both) await t.rejects(row, /away/)
  await t.rejects(cache.read('x', fail), /away/)
  t.equal(queries, 2)
})
