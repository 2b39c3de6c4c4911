// Tampering with an audit log, in every way: all of it is found, and the first wrong place is named.
import { randomInt } from 'node:crypto'
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { verifyLog } from '../../src/audit/verify.ts'
import { createNotary, openLog, record } from './log.ts'

const folder = join(t.testdir(), 'audit')
const notary = createNotary()
const older = join(t.testdir(), 'older')

/** A log of several segments, with heads on the way, closed; and a copy of it from an earlier moment. */
async function writeLog(): Promise<void> {
  const trail = await openLog(folder, notary, { segmentSize: 16 * 1024 })
  for (let group = 0; group < 20; group++) {
    await Promise.all(Array.from({ length: 10 }, () => trail.append(record())))
    if (group % 4 === 3) await trail.signHead()
    if (group === 11) cpSync(folder, older, { recursive: true })
  }
  await trail.close()
}
await writeLog()

const files = readdirSync(folder).sort()
const original = new Map(files.map((file) => [file, readFileSync(join(folder, file), 'utf8')]))
const linesOf = (file: string) => (original.get(file) ?? '').split('\n').slice(0, -1)

function verify(of = folder, publicKey = notary.publicKey, anchors = notary.anchors) {
  return verifyLog({ folder: of, publicKey, anchors })
}

function restore(): void {
  rmSync(folder, { recursive: true })
  mkdirSync(folder)
  for (const [file, text] of original) writeFileSync(join(folder, file), text)
}

const write = (file: string, lines: readonly string[]) =>
  writeFileSync(join(folder, file), lines.map((line) => `${line}\n`).join(''))
const pick = () => {
  const file = files[randomInt(files.length)] ?? ''
  const lines = linesOf(file)
  return { file, lines, index: randomInt(lines.length) }
}

/** Changes something at random; the place where it was done. */
const tamperings: Readonly<Record<string, () => { file: string; line: number }>> = {
  'a byte changed': () => {
    const { file, lines, index } = pick()
    const bytes = Buffer.from(lines[index] ?? '')
    const at = randomInt(bytes.length)
    bytes[at] = (bytes[at] ?? 0) ^ (1 << randomInt(7))
    write(file, lines.with(index, bytes.toString('latin1').replaceAll('\n', '?')))
    return { file, line: index + 1 }
  },
  'a line removed': () => {
    const { file, lines, index } = pick()
    write(file, lines.toSpliced(index, 1))
    return { file, line: index + 1 }
  },
  'a line inserted': () => {
    const { file, lines, index } = pick()
    write(file, lines.toSpliced(index, 0, lines[randomInt(lines.length)] ?? ''))
    return { file, line: index + 1 }
  },
  'two lines exchanged': () => {
    const { file, lines } = pick()
    const first = randomInt(lines.length - 1)
    const second = first + 1 + randomInt(lines.length - 1 - first)
    write(file, lines.with(first, lines[second] ?? '').with(second, lines[first] ?? ''))
    return { file, line: first + 1 }
  },
  'the end cut off': () => {
    const file = files.at(-1) ?? ''
    const text = original.get(file) ?? ''
    const at = 1 + randomInt(text.length - 1)
    writeFileSync(join(folder, file), text.slice(0, at))
    return { file, line: text.slice(0, at).split('\n').length }
  },
  'a segment removed': () => {
    const { file } = pick()
    rmSync(join(folder, file))
    return { file, line: 1 }
  },
  'a segment rolled back': () => {
    const file = files.at(-1) ?? ''
    const lines = linesOf(file)
    write(file, lines.slice(0, 1 + randomInt(lines.length - 1)))
    return { file, line: lines.length }
  },
}

t.test('a clean log passes, with and without what the token knows', async (t) => {
  t.same(verify(), { ok: true, records: 200 })
  t.same(verifyLog({ folder }), { ok: true, records: 200 })
  t.ok(files.length > 3, `${files.length} segments`)
})

t.test('1,000 random tamperings are all found, near where they were made', async (t) => {
  const kinds = Object.entries(tamperings)
  for (let count = 0; count < 1000; count++) {
    const [kind, tamper] = kinds[count % kinds.length] ?? ['', () => ({ file: '', line: 0 })]
    restore()
    const place = tamper()
    const result = verify()
    if (result.ok) {
      // Exchanging or inserting a line's own copy may leave the text as it was.
      if ([...original].some(([file, text]) => readFileSync(join(folder, file), 'utf8') !== text)) {
        t.fail(`${kind} at ${place.file} line ${place.line} was not found`)
      }
      continue
    }
    const far = result.wrong?.file === place.file && Math.abs((result.wrong?.line ?? 0) - place.line) > 1
    if (far && kind !== 'a segment rolled back') {
      t.fail(
        `${kind} at ${place.file} line ${place.line} is said to be at ${result.wrong?.file} line ${result.wrong?.line}`,
      )
    }
  }
  restore()
  t.pass('all found')
})

t.test('a head whose signature has lost its name', async (t) => {
  restore()
  const file = files.find((name) => linesOf(name).some((line) => line.includes('"type":"head"'))) ?? ''
  const lines = linesOf(file)
  const index = lines.findIndex((line) => line.includes('"type":"head"'))
  write(file, lines.with(index, (lines[index] ?? '').replace('"signature"', '"signaturE"')))
  t.match(verify(), { ok: false, wrong: { file, line: index + 1, problem: 'carries no signature' } })
  restore()
})

t.test('an older, intact copy in place of the log', async (t) => {
  t.ok(verifyLog({ folder: older }).ok, 'it is whole in itself')
  const { ok, wrong } = verify(older)
  t.notOk(ok)
  t.match(wrong?.problem, /^the log ends at \d+; the token has seen \d+$/)
})

t.test('a log of somebody else’s making', async (t) => {
  const other = createNotary()
  const forged = join(t.testdir(), 'forged')
  const trail = await openLog(forged, other)
  for (let count = 0; count < 300; count++) await trail.append(record())
  await trail.close()
  t.ok(verify(forged, other.publicKey, other.anchors).ok)
  t.match(verify(forged).wrong, { problem: /token/ })
  t.match(verify(forged, notary.publicKey, []).wrong, { problem: 'its signature is not the token’s' })
})
