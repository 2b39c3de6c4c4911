// `account`: those who own keys.
import { Command } from 'commander'
import { accountOf, withCore, withRecords } from '../admin.ts'
import { jsonOption } from '../arguments.ts'
import { printJson, printLines, Refusal, time } from '../output.ts'

interface Options {
  readonly json?: boolean
}

export function accountCommand(): Command {
  const account = new Command('account').description('accounts: each owns its keys, users and access keys')
  account
    .command('create <name>')
    .description('make an account with a root access key, which may do everything in it')
    .option(...jsonOption)
    .action(create)
  account
    .command('list')
    .description('all accounts')
    .option(...jsonOption)
    .action(list)
  account
    .command('show <id>')
    .description('an account with its users and its own access keys')
    .option(...jsonOption)
    .action(show)
  account
    .command('disable <id>')
    .description('refuse all access keys of an account and its users from now on')
    .option(...jsonOption)
    .action((id: string, options: Options) => setStatus(id, 'Disabled', options))
  account
    .command('enable <id>')
    .description('take a disabled account back')
    .option(...jsonOption)
    .action((id: string, options: Options) => setStatus(id, 'Active', options))
  return account
}

async function create(name: string, { json }: Options): Promise<void> {
  const made = await withCore(async ({ accounts }) => {
    const { id: accountId } = await accounts.create(name)
    const credential = await accounts.issueCredential({ accountId }, 'AKID')
    if (credential === undefined) throw new Refusal('a new account has no access key yet')
    return { accountId, ...credential }
  })
  if (json === true) printJson(made)
  else {
    printLines([
      `account ${made.accountId} (${name})`,
      `access key ${made.accessKeyId}`,
      `secret ${made.secret}  (shown this once)`,
    ])
  }
}

async function list({ json }: Options): Promise<void> {
  const accounts = await withRecords((records) => records.list())
  const rows = accounts.map(({ id: accountId, name, status }) => ({ accountId, name, status }))
  if (json === true) printJson({ accounts: rows })
  else printLines(rows.map(({ accountId, name, status }) => `${accountId}  ${name}  ${status}`))
}

async function show(id: string, { json }: Options): Promise<void> {
  const { account, users, credentials } = await withRecords(async (records) => {
    const accountId = await accountOf(records, id)
    return {
      account: await records.find(accountId),
      users: (await records.listUsers(accountId)).map(({ name }) => name),
      credentials: (await records.listCredentials(accountId)).filter(({ userId }) => userId === undefined),
    }
  })
  if (account === undefined) throw new Refusal(`there is no account ${id}`)
  const { id: accountId, name, status, createdAt } = account
  const accessKeyIds = credentials.map(({ accessKeyId }) => accessKeyId)
  if (json === true) printJson({ accountId, name, status, users, accessKeyIds })
  else {
    printLines([
      `account ${accountId} (${name}), ${status}, made ${time(createdAt)}`,
      `users: ${users.join(', ') || 'none'}`,
      `access keys of its own: ${accessKeyIds.join(', ') || 'none'}`,
    ])
  }
}

async function setStatus(id: string, status: 'Active' | 'Disabled', { json }: Options): Promise<void> {
  await withRecords(async (records) => records.setStatus({ accountId: await accountOf(records, id) }, status))
  if (json === true) printJson({ accountId: id, status })
  else printLines([`account ${id} is ${status === 'Active' ? 'enabled' : 'disabled'}`])
}
