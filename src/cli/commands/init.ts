// `init`: makes the home.
import { Command } from 'commander'
import { homeDirectory } from '../../config.ts'
import { readCredentials } from '../credentials-file.ts'
import { initialise, isInitialised } from '../home.ts'
import { printJson, Refusal } from '../output.ts'

export function initCommand(): Command {
  return new Command('init')
    .description('make a development home: two clusters with a SoftHSM token each, an account, a sample CMK')
    .option('--json', 'print what was made as one JSON object')
    .action(async ({ json }: { json?: boolean }) => {
      const home = homeDirectory()
      if (isInitialised(home)) throw new Refusal(`${home} is initialised already`)
      await initialise(home, (step) => {
        if (json !== true) process.stdout.write(`  made ${step}\n`)
      })
      if (json === true) {
        const { accountId, clusters, keyId, endpoint } = readCredentials(home)
        printJson({ home, endpoint, accountId, clusters, keyId })
      }
    })
}
