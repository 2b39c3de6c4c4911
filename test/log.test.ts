// What never appears in a log line: members of the one list, wherever they stand, and bytes.
import t from 'tap'
import { createLog, redacted } from '../src/log.ts'

/** The line that is written about facts. */
function lineOf(facts: object): string {
  let text = ''
  const log = createLog('trace', {
    write(line) {
      text += line
    },
  })
  log.info(facts, 'event')
  return text
}

const mark = 'marked-secret'

t.test('facts are logged', async (t) => {
  const facts = { requestId: 'r', count: 1, none: null, list: [{ keys: ['a'] }], nested: { member: 'a1' } }
  t.match(JSON.parse(lineOf(facts)), { ...facts, msg: 'event' })
})

t.test('a member of the list is cut at any depth and in any case', async (t) => {
  for (const name of redacted)
    for (const spelling of [
      name,
      name.toLowerCase(),
      name.toUpperCase(),
      `${name[0]?.toUpperCase()}${name.slice(1)}`,
    ])
      for (const facts of [
        { [spelling]: mark },
        { request: { [spelling]: mark } },
        { request: { parts: { [spelling]: { value: mark } } } },
        { list: [{ [spelling]: [mark] }] },
      ]) {
        const line = lineOf({ ...facts, kept: 'kept' })
        t.notMatch(line, mark, spelling)
        t.match(line, '"kept":"kept"')
      }
})

t.test('bytes are cut, and what is nested without end', async (t) => {
  t.notMatch(lineOf({ key: Buffer.from(mark), keys: [new Uint8Array([109, 97])] }), /109/)
  const circle: Record<string, unknown> = { name: 'circle' }
  circle.again = circle
  t.match(lineOf(circle), /"name":"circle"/)
})

t.test('an error is its message', async (t) => {
  t.match(JSON.parse(lineOf(new Error('broken'))), { err: { message: 'broken' } })
})
