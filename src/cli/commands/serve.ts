// `serve`: the server, in the foreground.
import { Command } from 'commander'
import { homeDirectory, loadConfig } from '../../config.ts'
import { serve } from '../../serve/http-process.ts'
import { supervise } from '../../serve/supervisor.ts'
import { exposedCredentials, hasCredentials, readCredentials, writeCredentials } from '../credentials-file.ts'
import { initialise, isInitialised } from '../home.ts'
import { printLines } from '../output.ts'
import { welcome } from '../welcome.ts'

export function serveCommand(): Command {
  return new Command('serve')
    .description('serve both APIs until SIGTERM')
    .option('--init', 'make the home first if there is none')
    .option('--quiet', 'print nothing but the line that says where it listens')
    .action(async ({ init, quiet }: { init?: boolean; quiet?: boolean }) => {
      const home = homeDirectory()
      const say = (lines: readonly string[]) => {
        if (quiet !== true) printLines(lines)
      }
      if (init === true && !isInitialised(home)) {
        say(['', `Making a home in ${home}`])
        await initialise(home, (step) => say([`  made ${step}`]))
      }
      const config = loadConfig(home)
      const run = config.workers === 1 ? serve : supervise
      await run(config, ({ url, clusters, log }) => {
        if (exposedCredentials(home) !== undefined)
          log.warn('the access keys of this home can be read by others; run: chmod 600 credentials.json')
        if (hasCredentials(home)) {
          const credentials = readCredentials(home)
          if (credentials.endpoint !== url) writeCredentials(home, { ...credentials, endpoint: url })
          say(welcome(home, url, clusters, credentials.keyId))
        }
        printLines([`p11kms listening on ${url}`])
      })
    })
}
