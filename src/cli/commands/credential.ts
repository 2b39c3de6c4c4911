// `credential`: access keys of accounts and users. One signs in both dialects.
import { Command, InvalidArgumentError, Option } from 'commander'
import { accountOf, credentialLimit, userOf, withCore, withRecords } from '../admin.ts'
import { accountOption, jsonOption } from '../arguments.ts'
import { printJson, printLines, Refusal, time } from '../output.ts'

interface CreateOptions {
  readonly user?: string
  readonly account?: string
  readonly root?: boolean
  readonly temporary?: boolean
  readonly ttl: number
  readonly json?: boolean
}

interface ListOptions {
  readonly user?: string
  readonly account?: string
  readonly json?: boolean
}

export function credentialCommand(): Command {
  const credential = new Command('credential').description('access keys; each signs in both dialects')
  credential
    .command('create')
    .description(
      'make an access key; two may be enabled at once, so that one can take the place of the other',
    )
    .option('--user <name>', 'user it is of')
    .option('--root', 'one of the account itself, which may do everything in it')
    .option(...accountOption)
    .option('--temporary', 'one that expires, and is good only with its token')
    .addOption(
      new Option('--ttl <seconds>', 'how long a temporary one is good').argParser(seconds).default(3600),
    )
    .option(...jsonOption)
    .action(async ({ user, root, account, temporary, ttl, json }: CreateOptions, command: Command) => {
      if ((user === undefined) === (root !== true)) command.error('error: say either --user <name> or --root')
      const made = await withCore(async (core) => {
        const { accounts } = core
        const accountId = await accountOf(accounts, account)
        const userId = user === undefined ? undefined : (await userOf(accounts, accountId, user)).id
        const owner = { accountId, ...(userId === undefined ? {} : { userId }) }
        const issued = await accounts.issueCredential(
          owner,
          'AKID',
          temporary === true ? ttl * 1000 : undefined,
        )
        if (issued === undefined) {
          const whose = user === undefined ? `account ${accountId}` : `user ${user}`
          throw new Refusal(`${whose} has ${credentialLimit} enabled access keys already: disable one first`)
        }
        return issued
      })
      if (json === true) printJson(made)
      else {
        const token = made.token === undefined ? [] : [`token ${made.token}  (good for ${ttl} seconds)`]
        printLines([`access key ${made.accessKeyId}`, `secret ${made.secret}  (shown this once)`, ...token])
      }
    })
  credential
    .command('list')
    .description('access keys of an account and its users, with when each was last used')
    .option('--user <name>', 'only those of this user')
    .option('--account <id>', "account they are of; the home's own when absent")
    .option(...jsonOption)
    .action(list)
  credential
    .command('disable <accessKeyId>')
    .description('refuse an access key from now on')
    .option(...jsonOption)
    .action(async (accessKeyId: string, { json }: { json?: boolean }) => {
      const known = await withRecords((records) => records.disableCredential(accessKeyId))
      if (!known) throw new Refusal(`there is no access key ${accessKeyId}`)
      if (json === true) printJson({ accessKeyId, status: 'Disabled' })
      else printLines([`access key ${accessKeyId} is disabled`])
    })
  return credential
}

async function list({ user, account, json }: ListOptions): Promise<void> {
  const rows = await withRecords(async (records) => {
    const accountId = await accountOf(records, account)
    const users = await records.listUsers(accountId)
    const only = user === undefined ? undefined : (await userOf(records, accountId, user)).id
    return (await records.listCredentials(accountId))
      .filter(({ userId }) => only === undefined || userId === only)
      .map(({ accessKeyId, userId, status, temporary, createdAt, lastUsedAt }) => ({
        accessKeyId,
        user: users.find(({ id }) => id === userId)?.name ?? null,
        status,
        createdAt,
        expiresAt: temporary?.expiresAt ?? null,
        lastUsedAt,
      }))
  })
  if (json === true) printJson({ credentials: rows })
  else if (rows.length === 0) printLines(['no access keys'])
  else {
    printLines(
      rows.map(({ accessKeyId, user: owner, status, expiresAt, lastUsedAt }) =>
        [
          accessKeyId,
          owner ?? '(the account itself)',
          status,
          `last used ${lastUsedAt === null ? 'never' : time(lastUsedAt)}`,
          ...(expiresAt === null ? [] : [`expires ${time(expiresAt)}`]),
        ].join('  '),
      ),
    )
  }
}

function seconds(text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new InvalidArgumentError('a whole number of seconds, 1 or more.')
  return Number(text)
}
