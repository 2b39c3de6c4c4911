// `policy`: what users may do.
import { readFileSync } from 'node:fs'
import { Command } from 'commander'
import { accountOf, userOf, withRecords } from '../admin.ts'
import { printJson, printLines, Refusal } from '../output.ts'

interface PutOptions {
  readonly user: string
  readonly account?: string
  readonly file: string
  readonly json?: boolean
}

export function policyCommand(): Command {
  const policy = new Command('policy').description('policies: JSON in the shape of CAM or RAM')
  policy
    .command('put')
    .description('give a user a policy in place of the one it has')
    .requiredOption('--user <name>', 'user it is for')
    .option('--account <id>', "account of the user; the home's own when absent")
    .requiredOption('--file <file>', 'file with the policy')
    .option('--json', 'print what was done as one JSON object')
    .addHelpText(
      'after',
      `\nExample of a policy:\n  {"statement":[{"effect":"allow","action":["kms:Decrypt"],"resource":"*"}]}`,
    )
    .action(async ({ user, account, file, json }: PutOptions) => {
      const text = readPolicy(file)
      const userId = await withRecords(async (records) => {
        const { id } = await userOf(records, await accountOf(records, account), user)
        await records.putPolicy(id, text)
        return id
      })
      if (json === true) printJson({ userId, name: user })
      else printLines([`user ${user} has the policy of ${file}`])
    })
  return policy
}

function readPolicy(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    throw new Refusal(`${file} cannot be read`)
  }
}
