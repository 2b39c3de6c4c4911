// `npm run faults`: brings every fault about under load in both set-ups and writes docs/faults.md from what clients saw.
// `-- --seconds 60` harms members in turn for so long; `-- --only hang,crash` prints those rows and writes nothing.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { type DrillResult, drill, memberDrill, type Seen } from '../test/support/fault-drill.ts'
import { makeField, type SetUp } from '../test/support/fault-field.ts'
import { type FaultName, faults } from '../test/support/fault-rows.ts'
import type { Scope } from '../test/support/server.ts'

const setUps: Readonly<Record<SetUp, string>> = {
  processes: 'One member, two token processes: both use the harmed module',
  members: 'Two members, one token process each: one of them uses the harmed module',
}

const introduction = `# What clients see of a token's faults

Written by \`npm run faults\` from what happened while it ran; nothing here is written by hand. A real server process serves
real SoftHSM tokens; between one member's token processes and the library stands a PKCS#11 module that misbehaves on
demand (\`test/support/fault/fault.c\`). 32 clients of Tencent Cloud's Node SDK, without retries of their own, send requests
without a pause (CreateKey: a tenth of a second) before, during and after each fault: 14 of them GenerateDataKey, 14
Decrypt, 4 CreateKey. Every data key is opened again and compared. Each fault meets a fresh server, which is not
restarted: what is lifted must be over by itself. \`hsm.callTimeout\` and all other limits are the defaults.

| column | what it means |
|---|---|
| fault | what the module did. "In each action": to a call of GenerateDataKey (\`C_WrapKey\`), then of Decrypt (\`C_UnwrapKey\`), then of CreateKey (\`C_GenerateKey\`) |
| action | what the clients asked for |
| requests | how many of its requests ended from the beginning of the fault until all was well again |
| errors | how many of those failed, as clients saw it |
| code | the error code they got |
| longest stall | the most milliseconds that one request took, failed ones included |
| serves again | milliseconds from the lifting of the fault to the first success after the last error; – where there was no error |

A whole token that is broken and is the only one cannot be hidden from clients: they get the cloud's own code for it, at
once. CreateKey documents \`UnsupportedOperation.ServiceTemporaryUnavailable\`; GenerateDataKey and Decrypt document no
such code, so theirs is \`InternalError\`. A member that is down is tried again after a while that grows from a tenth of a
second to 5 s the longer it is down. Secrets of access keys are sealed under a key of the default cluster, here the harmed
one: a service that begins without its token can check no signature yet, in no cluster.

Milliseconds are those of one machine, on which the 32 clients take most of the processor's time.
`

const tableHead = [
  '| fault | action | requests | errors | code | longest stall | serves again |',
  '|---|---|---:|---:|---|---:|---:|',
]

const { values } = parseArgs({
  options: { seconds: { type: 'string', default: '9' }, only: { type: 'string' } },
})
const only = values.only?.split(',')
const names = (Object.keys(faults) as FaultName[]).filter((name) => only?.includes(name) ?? true)
const problems: string[] = []
const sections: string[] = []
for (const setUp of Object.keys(setUps) as SetUp[]) sections.push(await runTable(setUp))
if (only === undefined) {
  sections.push(await runMembers(Number(values.seconds)))
  writeFileSync(join(import.meta.dirname, '../docs/faults.md'), `${introduction}\n${sections.join('\n')}`)
} else process.stdout.write(sections.join('\n'))
for (const problem of problems) say(`not well again: ${problem}`)
process.exitCode = problems.length === 0 ? 0 : 1

async function runTable(setUp: SetUp): Promise<string> {
  const rows: string[] = []
  const elsewhere: string[] = []
  for (const name of names) {
    const fault = faults[name]
    say(`${setUp}: ${name}`)
    const result = await scoped(async (t) => drill(await makeField(t, setUp, fault), fault))
    rows.push(...renderRows(fault.name, result.seen))
    elsewhere.push(...othersErrors(fault.name, result.seen))
    note(`${setUp}: ${name}`, result)
  }
  const others =
    elsewhere.length === 0
      ? 'Clients of the other cluster of the same service saw no error in any row.'
      : `Clients of the other cluster of the same service saw errors only here: ${elsewhere.join('; ')}.`
  return ['', `## ${setUps[setUp]}`, '', ...tableHead, ...rows, '', others, ''].join('\n')
}

async function runMembers(seconds: number): Promise<string> {
  say(`members killed, hung and removed in turn for ${seconds} s`)
  const result = await scoped((t) => memberDrill(t, seconds))
  note('members in turn', result)
  return [
    '',
    `## One member of two killed, hung and removed in turn for ${seconds} s`,
    '',
    'Its process ended by `kill -9`; its process stopped by `SIGSTOP` until the service gives it up; its token taken away for',
    `a second. Then the other member's turn. The pair was harmed ${result.harms} times.`,
    '',
    ...tableHead,
    ...renderRows('in turn', result.seen),
    '',
  ].join('\n')
}

function renderRows(fault: string, seen: readonly Seen[]): string[] {
  return seen
    .filter(({ work }) => work !== 'other cluster')
    .map(({ work, requests, errors, codes, longest, again }, index) => {
      const after = again === undefined ? '–' : Math.round(again)
      const code = codes.map((text) => `\`${text}\``).join(', ')
      const cells = [index === 0 ? fault : '', work, requests, errors, code, Math.round(longest), after]
      return `| ${cells.join(' | ')} |`
    })
}

function othersErrors(fault: string, seen: readonly Seen[]): string[] {
  return seen.flatMap(({ work, errors, requests, codes }) =>
    work === 'other cluster' && errors > 0
      ? [`${fault} (${errors} of ${requests}, \`${codes.join('`, `')}\`)`]
      : [],
  )
}

function note(what: string, { broken, seen, output }: DrillResult): void {
  const errors = seen.map(({ work, errors: count, longest }) => `${work} ${count}/${Math.round(longest)} ms`)
  say(`  errors/longest: ${errors.join(', ')}`)
  if (broken === undefined) return
  problems.push(`${what}: ${broken}`)
  say(output.filter((line) => line.startsWith('{')).join('\n'))
}

async function scoped<Result>(work: (t: Scope) => Promise<Result>): Promise<Result> {
  const actions: (() => unknown)[] = []
  try {
    return await work({ teardown: (action) => void actions.push(action) })
  } finally {
    for (const action of actions.reverse()) await action()
  }
}

function say(line: string): void {
  process.stderr.write(`${line}\n`)
}
