// `cluster`: the HSM clusters and their members, for people who look after them.
import { Command } from 'commander'
import { homeDirectory, loadConfig } from '../../config.ts'
import { type Core, withCore, withRecords } from '../admin.ts'
import { jsonOption } from '../arguments.ts'
import { columns, printJson, printLines, Refusal } from '../output.ts'
import { addSofthsmMember } from '../softhsm-member.ts'

type Clusters = ReturnType<Core['clusters']>
type Member = Clusters[number]['members'][number]

interface Options {
  readonly json?: boolean
}

export function clusterCommand(): Command {
  const cluster = new Command('cluster').description('HSM clusters and their members')
  cluster
    .command('status')
    .description('log in to every member and say how it is')
    .option(...jsonOption)
    .action(async ({ json }: Options) => {
      const clusters = await withCore(async (core) => core.clusters())
      if (json === true) printJson({ clusters })
      else printLines(clusters.flatMap(({ id, members }) => [id, ...columns(members.map(describe))]))
    })
  cluster
    .command('verify')
    .description('hold the keys on every member against the store: absent, another key, unknown')
    .option(...jsonOption)
    .action(async ({ json }: Options) => {
      const clusters = await withCore(async (core) => core.clusters())
      const ok = clusters.every(({ members }) => members.every(isWhole))
      if (json === true)
        printJson({
          ok,
          clusters: clusters.map(({ id, members }) => ({ id, members: members.map(compared) })),
        })
      else printLines(clusters.flatMap(({ id, members }) => [id, ...columns(members.map(difference))]))
      process.exitCode = ok ? 0 : 1
    })
  cluster
    .command('open <cluster> <member>')
    .description(
      'let a member whose PIN was refused be logged in to again, once, after you have seen to the PIN',
    )
    .option('--json', 'print what was done as one JSON object')
    .action(async (id: string, member: string, { json }: Options) => {
      const opened = await withRecords((records) => records.openLatch(id, member))
      if (!opened) throw new Refusal(`${id} has no latched member ${member}`)
      if (json === true) printJson({ cluster: id, member, opened })
      else printLines([`${id}/${member} may be logged in to again`])
    })
  cluster
    .command('add-member <cluster> <member>')
    .description('make a second SoftHSM token with the same keys and add it to config.yaml (server stopped)')
    .option('--json', 'print what was made as one JSON object')
    .action((id: string, member: string, { json }: Options) => {
      const home = homeDirectory()
      const made = addSofthsmMember(home, loadConfig(home), id, member)
      if (json === true) printJson(made)
      else {
        printLines([
          `${id}/${member} has a copy of the token in ${made.directories[1]}`,
          'mirror the two while the server runs, as a pair of HSMs does by itself:',
          `  node softhsm/mirror.ts ${made.directories.join(' ')}`,
        ])
      }
    })
  return cluster
}

function describe({ name, state, detail, token, processes }: Member): [string, string] {
  const about = token === undefined ? '' : `, ${token.label}, ${token.model}, serial ${token.serial}`
  return [name, `${state}${detail === undefined ? '' : `: ${detail}`}${about}, ${processes.length} processes`]
}

function isWhole({ state, comparison }: Member): boolean {
  return state === 'ready' && comparison?.absent.length === 0 && comparison.wrong.length === 0
}

function compared({ name, state, comparison }: Member) {
  return { name, state, ...comparison }
}

function difference({ name, state, comparison }: Member): [string, string] {
  if (comparison === undefined) return [name, `not looked at: ${state}`]
  const { absent, wrong, strange } = comparison
  const counts = `${absent.length} absent, ${wrong.length} wrong, ${strange.length} strange`
  return [
    name,
    [
      counts,
      ...absent.map(line('absent')),
      ...wrong.map(line('wrong')),
      ...strange.map(line('strange')),
    ].join(''),
  ]
}

function line(kind: string): (keyVersionId: string) => string {
  return (keyVersionId) => `\n      ${kind} ${keyVersionId}`
}
