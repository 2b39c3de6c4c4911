// `user`: sub-accounts, which may do what their policies say.
import { Command } from 'commander'
import { accountOf, userName, userOf, withRecords } from '../admin.ts'
import { accountOption, jsonOption } from '../arguments.ts'
import { printJson, printLines, Refusal, time } from '../output.ts'

interface Options {
  readonly account?: string
  readonly json?: boolean
}

export function userCommand(): Command {
  const user = new Command('user').description('users of an account: each may do what its policies say')
  user
    .command('create <name>')
    .description('make a user; nothing is allowed to it until it has a policy')
    .option(...accountOption)
    .option(...jsonOption)
    .action(create)
  user
    .command('list')
    .description('users of an account with their policies')
    .option(...accountOption)
    .option(...jsonOption)
    .action(list)
  user
    .command('show <name>')
    .description('a user with its policies and access keys')
    .option(...accountOption)
    .option(...jsonOption)
    .action(show)
  user
    .command('disable <name>')
    .description('refuse all access keys of a user from now on')
    .option(...accountOption)
    .option(...jsonOption)
    .action((name: string, options: Options) => setStatus(name, 'Disabled', options))
  user
    .command('enable <name>')
    .description('take a disabled user back')
    .option(...accountOption)
    .option(...jsonOption)
    .action((name: string, options: Options) => setStatus(name, 'Active', options))
  return user
}

async function create(name: string, { account, json }: Options): Promise<void> {
  if (!userName.test(name)) throw new Refusal('a user name is 1 to 64 letters, digits and _ + = , . @ -')
  const { id: userId, accountId } = await withRecords(async (records) => {
    const made = await records.createUser(await accountOf(records, account), name)
    if (made === undefined) throw new Refusal(`there is a user ${name} already`)
    return made
  })
  if (json === true) printJson({ userId, name, accountId })
  else printLines([`user ${userId} (${name}) of account ${accountId}`])
}

async function list({ account, json }: Options): Promise<void> {
  const users = await withRecords(async (records) => records.listUsers(await accountOf(records, account)))
  const rows = users.map(({ id: userId, name, status, policies }) => ({
    userId,
    name,
    status,
    policies: policies.map((policy) => policy.name),
  }))
  if (json === true) printJson({ users: rows })
  else if (rows.length === 0) printLines(['no users'])
  else {
    printLines(
      rows.map(
        ({ name, status, policies }) =>
          `${name}  ${status}  ${policies.length === 0 ? 'no policy: nothing is allowed' : policies.join(', ')}`,
      ),
    )
  }
}

async function show(name: string, { account, json }: Options): Promise<void> {
  const { user, credentials } = await withRecords(async (records) => {
    const found = await userOf(records, await accountOf(records, account), name)
    const all = await records.listCredentials(found.accountId)
    return { user: found, credentials: all.filter(({ userId }) => userId === found.id) }
  })
  const { id: userId, accountId, status, policies } = user
  const accessKeyIds = credentials.map(({ accessKeyId }) => accessKeyId)
  const policyNames = policies.map((policy) => policy.name)
  if (json === true) printJson({ userId, name, accountId, status, policies: policyNames, accessKeyIds })
  else {
    printLines([
      `user ${userId} (${name}) of account ${accountId}, ${status}, made ${time(user.createdAt)}`,
      `policies: ${policyNames.join(', ') || 'none, so nothing is allowed'}`,
      `access keys: ${accessKeyIds.join(', ') || 'none'}`,
    ])
  }
}

async function setStatus(
  name: string,
  status: 'Active' | 'Disabled',
  { account, json }: Options,
): Promise<void> {
  const userId = await withRecords(async (records) => {
    const { id } = await userOf(records, await accountOf(records, account), name)
    await records.setStatus({ userId: id }, status)
    return id
  })
  if (json === true) printJson({ userId, name, status })
  else printLines([`user ${name} is ${status === 'Active' ? 'enabled' : 'disabled'}`])
}
