// `policy simulate`: may a user do something, and which statement says so.
import { Command, InvalidArgumentError } from 'commander'
import { accountOf, userOf, withRecords } from '../admin.ts'
import { jsonOption } from '../arguments.ts'
import { printJson, printLines, Refusal } from '../output.ts'

interface SimulateOptions {
  readonly user?: string
  readonly account?: string
  readonly action: string
  readonly resource: string
  readonly sourceIp?: string
  readonly secure?: boolean
  readonly context?: Readonly<Record<string, string>>
  readonly json?: boolean
}

export function simulateCommand(): Command {
  return new Command('simulate')
    .description('may somebody do something, and which statement says so? nothing is done')
    .option('--user <name>', 'user who asks; the account itself when absent')
    .option('--account <id>', "account of who asks; the home's own when absent")
    .requiredOption('--action <action>', 'such as kms:Decrypt')
    .requiredOption(
      '--resource <name>',
      "a key's id, alias/NAME, keys, aliases, or a name in either cloud's form",
    )
    .option('--source-ip <address>', 'where the request comes from; conditions on it fail when absent')
    .option('--secure', 'the request comes by TLS')
    .option('--context <name=value>', 'of the encryption context; may be repeated', addPair)
    .option(...jsonOption)
    .action(simulate)
}

async function simulate(options: SimulateOptions): Promise<void> {
  const { user: userName, account, action, resource, sourceIp, secure, context = {}, json } = options
  const judgement = await withRecords(async (records) => {
    const accountId = await accountOf(records, account)
    const user = userName === undefined ? undefined : await userOf(records, accountId, userName)
    return records.simulate({
      accountId,
      ...(user === undefined ? {} : { userId: user.id }),
      action: action.includes(':') ? action : `kms:${action}`,
      resource,
      ...(sourceIp === undefined ? {} : { sourceAddress: sourceIp }),
      secure: secure === true,
      context,
    })
  })
  if (judgement === undefined) throw new Refusal(`there is no key ${resource}`)
  const { decision, by, policy, statement } = judgement
  if (json === true) printJson({ decision, by, policy, statement })
  else printLines([`${words[decision]}: ${reason(by, policy, statement)}`])
}

const words = { allow: 'allowed', 'explicit-deny': 'denied', 'implicit-deny': 'not allowed' } as const

function reason(by: string, policy: string | undefined, statement: string | undefined): string {
  if (by === 'account') return 'the account itself may do everything'
  if (policy === undefined || statement === undefined) return 'no statement allows it'
  return policy === 'key policy' ? `key policy, ${statement}` : `policy ${policy}, ${statement}`
}

function addPair(
  text: string,
  pairs: Readonly<Record<string, string>> = {},
): Readonly<Record<string, string>> {
  const [, name, value] = /^([^=]+)=(.*)$/s.exec(text) ?? []
  if (name === undefined || value === undefined) throw new InvalidArgumentError('NAME=VALUE.')
  return { ...pairs, [name]: value }
}
