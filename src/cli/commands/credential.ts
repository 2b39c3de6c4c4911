// `credential`: access keys of users. One signs in both dialects.
import { Command, InvalidArgumentError, Option } from 'commander'
import { accountOf, userOf, withCore, withRecords } from '../admin.ts'
import { printJson, printLines, Refusal } from '../output.ts'

interface CreateOptions {
  readonly user: string
  readonly account?: string
  readonly temporary?: boolean
  readonly ttl: number
  readonly json?: boolean
}

export function credentialCommand(): Command {
  const credential = new Command('credential').description('access keys; each signs in both dialects')
  credential
    .command('create')
    .description('make an access key of a user')
    .requiredOption('--user <name>', 'user it is of')
    .option('--account <id>', "account of the user; the home's own when absent")
    .option('--temporary', 'one that expires, and is good only with its token')
    .addOption(
      new Option('--ttl <seconds>', 'how long a temporary one is good').argParser(seconds).default(3600),
    )
    .option('--json', 'print it as one JSON object')
    .action(async ({ user, account, temporary, ttl, json }: CreateOptions) => {
      const made = await withCore(async (core) => {
        const { accounts } = core
        const { id: userId, accountId } = await userOf(accounts, await accountOf(accounts, account), user)
        const lifetime = temporary === true ? ttl * 1000 : undefined
        return accounts.issueCredential({ accountId, userId }, 'AKID', lifetime)
      })
      if (json === true) printJson(made)
      else {
        const token = made.token === undefined ? [] : [`token ${made.token}  (good for ${ttl} seconds)`]
        printLines([`access key ${made.accessKeyId}`, `secret ${made.secret}  (shown this once)`, ...token])
      }
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

function seconds(text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new InvalidArgumentError('a whole number of seconds, 1 or more.')
  return Number(text)
}
