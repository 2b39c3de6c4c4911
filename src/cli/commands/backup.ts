// `backup` and `restore`: a home and its store, kept elsewhere and brought back, with the proof that a blob still opens.
import { resolve } from 'node:path'
import { Command } from 'commander'
import { homeDirectory, loadConfig } from '../../config.ts'
import { backUp, restore } from '../backup.ts'
import { columns, printJson, printLines, progress } from '../output.ts'

interface Options {
  readonly json?: boolean
}

export function backupCommand(): Command {
  return new Command('backup')
    .description('copy the home and its store, as they are at one moment, into an empty folder')
    .argument('<folder>', 'where to; it holds PINs and access keys afterwards')
    .addHelpText(
      'after',
      '\nA PostgreSQL store is copied row by row, at one moment, into the same form as a SQLite one. It may be kept by\n' +
        'pg_dump or by archiving as well: the keys are in the tokens, the store without them opens nothing.',
    )
    .option('--json', 'print what was made as one JSON object')
    .action(async (folder: string, { json }: Options) => {
      const { createdAt, drills } = await backUp(loadConfig(), resolve(folder), progress(json))
      if (json === true) printJson({ folder: resolve(folder), createdAt, drills: drills.length })
      else
        printLines([`backup in ${resolve(folder)}, with ${drills.length} blobs that a restoration must open`])
    })
}

export function restoreCommand(): Command {
  return new Command('restore')
    .description('bring a backup back into a home that is not there yet, and prove that its blobs open')
    .argument('<folder>', 'the backup')
    .addHelpText(
      'after',
      '\nA PostgreSQL store must be empty: P11KMS_STORE_URL names another than the one in the backup. It may also be of\n' +
        'the other kind, which moves a store from SQLite to PostgreSQL; write it into config.yaml then.',
    )
    .option('--json', 'print the drill as one JSON object')
    .action(async (folder: string, { json }: Options) => {
      const drills = await restore(resolve(folder), homeDirectory(), progress(json))
      const ok = drills.every((drill) => drill.ok)
      if (json === true) printJson({ ok, drills })
      else {
        const rows = drills.map((drill) => [drill.clusterId, drill.ok ? 'opens' : 'DOES NOT OPEN'] as const)
        printLines([`restored into ${homeDirectory()}; blobs from before the backup:`, ...columns(rows)])
      }
      process.exitCode = ok ? 0 : 1
    })
}
