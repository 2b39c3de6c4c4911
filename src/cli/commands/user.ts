// `user`: sub-accounts, which may do what their policy says.
import { Command } from 'commander'
import { accountOf, userName, withRecords } from '../admin.ts'
import { printJson, printLines, Refusal } from '../output.ts'

export function userCommand(): Command {
  const user = new Command('user').description('users of an account: each may do what its policy says')
  user
    .command('create <name>')
    .description('make a user; nothing is allowed to it until it has a policy')
    .option('--account <id>', "account it is of; the home's own when absent")
    .option('--json', 'print it as one JSON object')
    .action(async (name: string, { account, json }: { account?: string; json?: boolean }) => {
      if (!userName.test(name)) throw new Refusal('a user name is 1 to 64 letters, digits and _ + = , . @ -')
      const { id: userId, accountId } = await withRecords(async (records) => {
        const made = await records.createUser(await accountOf(records, account), name)
        if (made === undefined) throw new Refusal(`there is a user ${name} already`)
        return made
      })
      if (json === true) printJson({ userId, name, accountId })
      else printLines([`user ${userId} (${name}) of account ${accountId}`])
    })
  return user
}
