// What administrators' commands share: the home's core, opened for one command, and whose account it is about.
import { type Core, openCore, openRecords, type Records } from '../app.ts'
import { homeDirectory, loadConfig } from '../config.ts'
import { hasCredentials, readCredentials } from './credentials-file.ts'
import { Refusal } from './output.ts'

export { type Core, credentialLimit, policyName, type Records, userName } from '../app.ts'

type User = NonNullable<Awaited<ReturnType<Core['accounts']['findUser']>>>

/** Runs work on the home's core, whose server may be running meanwhile. Throws what opening it throws. */
export async function withCore<Result>(work: (core: Core) => Promise<Result>): Promise<Result> {
  const core = await openCore({ ...loadConfig(), log: { level: 'warn' } })
  try {
    return await work(core)
  } finally {
    await core.close()
  }
}

/** Runs work on the home's records alone, which must be possible when no token can be opened. */
export async function withRecords<Result>(work: (records: Records) => Promise<Result>): Promise<Result> {
  const records = await openRecords(loadConfig())
  try {
    return await work(records)
  } finally {
    await records.close()
  }
}

type Lookup = Pick<Records, 'find' | 'findUser'>

/** The account named, or the home's own. Throws Refusal when there is none. */
export async function accountOf(accounts: Lookup, accountId: string | undefined): Promise<string> {
  const home = homeDirectory()
  const id = accountId ?? (hasCredentials(home) ? readCredentials(home).accountId : undefined)
  if (id === undefined) throw new Refusal('which account? say --account ID')
  if ((await accounts.find(id)) === undefined) throw new Refusal(`there is no account ${id}`)
  return id
}

/** The user of an account by its name. Throws Refusal when there is none. */
export async function userOf(accounts: Lookup, accountId: string, name: string): Promise<User> {
  const user = await accounts.findUser(accountId, name)
  if (user === undefined) throw new Refusal(`account ${accountId} has no user ${name}`)
  return user
}
