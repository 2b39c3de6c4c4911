// Two nodes for tests: servers with homes of their own, on one PostgreSQL database and the same tokens.
import { copyFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Test } from 'tap'
import { type TestPostgres, testPostgres } from './postgres.ts'
import { makeHome, type TestHome } from './server.ts'

export interface TestNodes {
  readonly postgres: TestPostgres
  readonly url: string
  /** The first has made the tokens, the account and the sample CMK; neither serves yet. */
  readonly homes: readonly [TestHome, TestHome]
}

/** Makes both homes, as an operator does: the second gets the files of the first, and reaches the same tokens. */
export async function makeNodes(t: Test, extra: NodeJS.ProcessEnv = {}): Promise<TestNodes> {
  const postgres = testPostgres()
  const url = postgres.makeDatabase()
  const env = { ...extra, P11KMS_STORE_URL: url }
  const homes = [
    makeHome(t, { ...env, P11KMS_NODE: 'one' }),
    makeHome(t, { ...env, P11KMS_NODE: 'two' }),
  ] as const
  const [first, second] = homes
  const { code, stderr } = await first.run('init')
  if (code !== 0) throw new Error(stderr)
  const files = readdirSync(first.home, { withFileTypes: true }).filter((entry) => entry.isFile())
  for (const { name } of files) copyFileSync(join(first.home, name), join(second.home, name))
  return { postgres, url, homes }
}
