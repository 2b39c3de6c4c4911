// `credential`: access keys of users. One signs in both dialects.
import { Command } from 'commander'
import { accountOf, userOf, withCore, withRecords } from '../admin.ts'
import { printJson, printLines, Refusal } from '../output.ts'

interface CreateOptions {
  readonly user: string
  readonly account?: string
  readonly json?: boolean
}

export function credentialCommand(): Command {
  const credential = new Command('credential').description('access keys; each signs in both dialects')
  credential
    .command('create')
    .description('make an access key of a user')
    .requiredOption('--user <name>', 'user it is of')
    .option('--account <id>', "account of the user; the home's own when absent")
    .option('--json', 'print it as one JSON object')
    .action(async ({ user, account, json }: CreateOptions) => {
      const made = await withCore(async (core) => {
        const { accounts } = core
        const { id: userId, accountId } = await userOf(accounts, await accountOf(accounts, account), user)
        return accounts.issueCredential({ accountId, userId }, 'AKID')
      })
      if (json === true) printJson(made)
      else printLines([`access key ${made.accessKeyId}`, `secret ${made.secret}  (shown this once)`])
    })
  credential
    .command('disable <accessKeyId>')
    .description('refuse an access key from now on')
    .option('--json', 'print it as one JSON object')
    .action(async (accessKeyId: string, { json }: { json?: boolean }) => {
      const known = await withRecords((records) => records.disableCredential(accessKeyId))
      if (!known) throw new Refusal(`there is no access key ${accessKeyId}`)
      if (json === true) printJson({ accessKeyId, status: 'Disabled' })
      else printLines([`access key ${accessKeyId} is disabled`])
    })
  return credential
}
