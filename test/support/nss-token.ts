// Real tokens of NSS's softokn for tests: a key database in a folder that goes with the test.
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Test } from 'tap'
import { findLibrary, initToken, makeHome, randomPin, type TestToken, testToken } from './tokens.ts'

const library = findLibrary('libsoftokn3.so', 'nss/libsoftokn3.so')

/** Why there is no NSS token here, for `skip`; false when there can be one. */
export const withoutNss: string | false = library === undefined && 'libnss3 is not installed'

/**
 * Makes a token: NSS's key database, which is always the second slot and always called so. Both slots have the same
 * serial number, so that `serial:` cannot name it. Throws where `withoutNss` says why.
 */
export async function makeNssToken(t: Test): Promise<TestToken> {
  if (library === undefined) throw new Error(String(withoutNss))
  const home = makeHome(t)
  const database = join(home, 'nss')
  mkdirSync(database)
  const found = {
    module: library,
    token: 'NSS Certificate DB',
    pin: randomPin(),
    env: {},
    initArgs: `configdir='sql:${database}' certPrefix='' keyPrefix='' secmod='' flags=noModDB`,
  }
  const { module, initArgs, pin, env } = found
  // The library makes the database; its officer logs in with no PIN until there is a user's.
  initToken({ module, initArgs, untouched: found.token, defaultSoPin: '', pin }, env)
  return testToken(t, home, found)
}
