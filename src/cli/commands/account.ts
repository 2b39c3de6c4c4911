// `account`: those who own keys.
import { Command } from 'commander'
import { withCore } from '../admin.ts'
import { printJson, printLines } from '../output.ts'

export function accountCommand(): Command {
  const account = new Command('account').description('accounts: each owns its keys, users and access keys')
  account
    .command('create <name>')
    .description('make an account with a root access key, which may do everything in it')
    .option('--json', 'print it as one JSON object')
    .action(async (name: string, { json }: { json?: boolean }) => {
      const made = await withCore(async ({ accounts }) => {
        const { id: accountId } = await accounts.create(name)
        return { accountId, ...(await accounts.issueCredential({ accountId }, 'AKID')) }
      })
      if (json === true) printJson(made)
      else {
        printLines([
          `account ${made.accountId} (${name})`,
          `access key ${made.accessKeyId}`,
          `secret ${made.secret}  (shown this once)`,
        ])
      }
    })
  return account
}
