// The command line: commands, their common options, and how failures end (0 done, 1 refused, 2 wrong usage).
import { Command, CommanderError } from 'commander'
import { accountCommand } from './commands/account.ts'
import { auditCommand } from './commands/audit.ts'
import { backupCommand, restoreCommand } from './commands/backup.ts'
import { callCommand } from './commands/call.ts'
import { clusterCommand } from './commands/cluster.ts'
import { credentialCommand } from './commands/credential.ts'
import { doctorCommand } from './commands/doctor.ts'
import { initCommand } from './commands/init.ts'
import { policyCommand } from './commands/policy.ts'
import { qualifyCommand } from './commands/qualify.ts'
import { serveCommand } from './commands/serve.ts'
import { userCommand } from './commands/user.ts'
import { explain } from './output.ts'

/** Runs one command line and returns the exit code. Never throws. */
export async function run(argv: readonly string[]): Promise<number> {
  const program = new Command('p11kms')
    .description('A key management service whose master keys never leave a PKCS#11 token.')
    .helpOption('--help', 'show help')
    .exitOverride()
    .showHelpAfterError('(add --help for what there is)')
    .addHelpText('after', '\nThe home is P11KMS_HOME, or .p11kms in the current folder.')
  const commands = [
    initCommand(),
    serveCommand(),
    doctorCommand(),
    qualifyCommand(),
    callCommand(),
    clusterCommand(),
    accountCommand(),
    userCommand(),
    credentialCommand(),
    policyCommand(),
    auditCommand(),
    backupCommand(),
    restoreCommand(),
  ]
  for (const command of commands) program.addCommand(settle(command))
  try {
    await program.parseAsync([...argv], { from: 'user' })
    return Number(process.exitCode ?? 0)
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2
    process.stderr.write(`p11kms: ${explain(error)}\n`)
    return 1
  }
}

// Commands and the commands under them end and show help in one way.
function settle(command: Command): Command {
  for (const inner of command.commands) settle(inner)
  return command.helpOption('--help', 'show help').exitOverride()
}
