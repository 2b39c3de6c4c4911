// The command line: commands, their common options, and how failures end (0 done, 1 refused, 2 wrong usage).
import { Command, CommanderError } from 'commander'
import { callCommand } from './commands/call.ts'
import { doctorCommand } from './commands/doctor.ts'
import { initCommand } from './commands/init.ts'
import { serveCommand } from './commands/serve.ts'
import { explain } from './output.ts'

/** Runs one command line and returns the exit code. Never throws. */
export async function run(argv: readonly string[]): Promise<number> {
  const program = new Command('p11kms')
    .description('A key management service whose master keys never leave a PKCS#11 token.')
    .helpOption('--help', 'show help')
    .exitOverride()
    .showHelpAfterError('(add --help for what there is)')
    .addHelpText('after', '\nThe home is P11KMS_HOME, or .p11kms in the current folder.')
  for (const command of [initCommand(), serveCommand(), doctorCommand(), callCommand()]) {
    program.addCommand(command.helpOption('--help', 'show help').exitOverride())
  }
  try {
    await program.parseAsync([...argv], { from: 'user' })
    return Number(process.exitCode ?? 0)
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2
    process.stderr.write(`p11kms: ${explain(error)}\n`)
    return 1
  }
}
