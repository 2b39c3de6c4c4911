// `policy`: what users may do.
import { Command } from 'commander'
import { accountOf, policyName, type Records, userOf, withRecords } from '../admin.ts'
import { accountOption, jsonOption, readText } from '../arguments.ts'
import { printJson, printLines, Refusal, time } from '../output.ts'
import { simulateCommand } from './simulate.ts'

interface AccountOption {
  readonly account?: string
  readonly json?: boolean
}

export function policyCommand(): Command {
  const policy = new Command('policy').description('policies: JSON in the shape of CAM or RAM')
  policy
    .command('put')
    .description('give a user a policy of its own, or a policy another text, in place of the one there is')
    .option('--user <name>', 'user whose own policy it is')
    .option('--name <name>', 'policy that gets another text')
    .option('--account <id>', "account of the user; the home's own when absent")
    .requiredOption('--file <file>', 'file with the policy')
    .option(...jsonOption)
    .addHelpText(
      'after',
      `\nExample of a policy:\n  {"statement":[{"effect":"allow","action":["kms:Decrypt"],"resource":"*"}]}`,
    )
    .action(put)
  policy
    .command('create <name>')
    .description('make a policy that users can have; nobody has it yet')
    .option(...accountOption)
    .requiredOption('--file <file>', 'file with the policy')
    .option(...jsonOption)
    .action(create)
  policy
    .command('attach <name>')
    .description('let a user have a policy besides those it has')
    .requiredOption('--user <name>', 'user it is for')
    .option(...accountOption)
    .option(...jsonOption)
    .action((name: string, options) => change('attach', name, options))
  policy
    .command('detach <name>')
    .description('take a policy from a user')
    .requiredOption('--user <name>', 'user it is taken from')
    .option(...accountOption)
    .option(...jsonOption)
    .action((name: string, options) => change('detach', name, options))
  policy
    .command('list')
    .description('policies of an account with the users who have them')
    .option(...accountOption)
    .option(...jsonOption)
    .action(list)
  policy
    .command('show <name>')
    .description('the text of a policy')
    .option(...accountOption)
    .option(...jsonOption)
    .action(show)
  policy.addCommand(simulateCommand())
  return policy
}

interface PutOptions extends AccountOption {
  readonly user?: string
  readonly name?: string
  readonly file: string
}

async function put(
  { user: userName, name, account, file, json }: PutOptions,
  command: Command,
): Promise<void> {
  if ((userName === undefined) === (name === undefined)) {
    command.error('error: say either --user <name> or --name <name>')
  }
  const text = readText(file)
  const done = await withRecords(async (records) => {
    const accountId = await accountOf(records, account)
    if (userName !== undefined) {
      const user = await userOf(records, accountId, userName)
      await records.putOwnPolicy(user, text)
      return { userId: user.id, name: userName }
    }
    const policy = checkName(name ?? '')
    const document = { name: policy, document: text }
    if (!(await records.writePolicy(accountId, document, 'existing'))) throw noPolicy(accountId, policy)
    return { name: policy }
  })
  if (json === true) printJson(done)
  else
    printLines([
      `${userName === undefined ? `policy ${name}` : `user ${userName}`} has the policy of ${file}`,
    ])
}

async function create(
  name: string,
  { account, file, json }: AccountOption & { readonly file: string },
): Promise<void> {
  const text = readText(file)
  const accountId = await withRecords(async (records) => {
    const id = await accountOf(records, account)
    if (!(await records.writePolicy(id, { name: checkName(name), document: text }, 'new')))
      throw new Refusal(`there is a policy ${name} already`)
    return id
  })
  if (json === true) printJson({ name, accountId })
  else printLines([`policy ${name} of account ${accountId}`])
}

async function change(
  what: 'attach' | 'detach',
  name: string,
  { user: userName, account, json }: AccountOption & { readonly user: string },
): Promise<void> {
  const userId = await withRecords(async (records) => {
    const accountId = await accountOf(records, account)
    const user = await userOf(records, accountId, userName)
    if (what === 'attach') {
      if (!(await records.attachPolicy(user, checkName(name)))) throw noPolicy(accountId, name)
    } else if (!(await records.detachPolicy(user, name)))
      throw new Refusal(`user ${userName} has no policy ${name}`)
    return user.id
  })
  if (json === true) printJson({ name, userId, attached: what === 'attach' })
  else printLines([`user ${userName} ${what === 'attach' ? 'has' : 'no longer has'} policy ${name}`])
}

async function list({ account, json }: AccountOption): Promise<void> {
  const policies = await withRecords(async (records) =>
    records.listPolicies(await accountOf(records, account)),
  )
  if (json === true) {
    printJson({ policies: policies.map(({ name, users, updatedAt }) => ({ name, users, updatedAt })) })
  } else if (policies.length === 0) printLines(['no policies'])
  else printLines(policies.map(({ name, users }) => `${name}  ${users.join(', ') || '(nobody has it)'}`))
}

async function show(name: string, { account, json }: AccountOption): Promise<void> {
  const policy = await withRecords((records) => findPolicy(records, account, name))
  if (json === true) printJson(policy)
  else {
    const { users, updatedAt, document } = policy
    printLines([`${name}, of ${time(updatedAt)}, for ${users.join(', ') || 'nobody'}`, document.trim()])
  }
}

async function findPolicy(records: Records, account: string | undefined, name: string) {
  const accountId = await accountOf(records, account)
  const found = (await records.listPolicies(accountId)).find((policy) => policy.name === name)
  if (found === undefined) throw noPolicy(accountId, name)
  return found
}

function checkName(name: string): string {
  if (!policyName.test(name)) throw new Refusal('a policy name is 1 to 128 letters, digits, _ and -')
  return name
}

function noPolicy(accountId: string, name: string): Refusal {
  return new Refusal(`account ${accountId} has no policy ${name}`)
}
