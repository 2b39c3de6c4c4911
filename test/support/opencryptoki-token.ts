// Real tokens of openCryptoki's software token for tests, each with a data folder of its own that goes with the test.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import type { Test } from 'tap'
import { findLibrary, initToken, makeHome, randomPin, type TestToken, testToken } from './tokens.ts'

const module = findLibrary('pkcs11/PKCS11_API.so', 'opencryptoki/PKCS11_API.so')
const softToken = findLibrary('opencryptoki/stdll/libpkcs11_sw.so')
const daemon = '/usr/sbin/pkcsslotd'
const configuration = '/etc/opencryptoki/opencryptoki.conf'
const label = 'p11kms-o'

/** Where the software token keeps its data: a constant in its library. */
const builtInFolder = '/var/lib/opencryptoki/swtok'

/** Why there is no openCryptoki token here, for `skip`; false when there can be one. */
export const withoutOpencryptoki: string | false = findObstacle()

function findObstacle(): string | false {
  if (module === undefined || softToken === undefined || !existsSync(daemon))
    return 'opencryptoki is not installed'
  if (process.getuid?.() !== 0) return 'the slot daemon of opencryptoki needs root'
  if (!existsSync('/usr/bin/flock')) return 'flock (util-linux) is not installed'
  if (
    !existsSync(configuration) ||
    !/^\s*stdll\s*=\s*libpkcs11_sw\.so/m.test(readFileSync(configuration, 'utf8'))
  )
    return `${configuration} has no slot for the software token`
  return false
}

/**
 * Makes a token, labelled `p11kms-o`. The slot daemon runs until the last test that needs it is over; one that ran
 * before is left running. Throws where `withoutOpencryptoki` says why, and when the daemon does not start.
 */
export async function makeOpencryptokiToken(t: Test): Promise<TestToken> {
  if (module === undefined || softToken === undefined || withoutOpencryptoki !== false)
    throw new Error(String(withoutOpencryptoki))
  // The path of the data folder must not be longer than the one it takes the place of.
  const home = makeHome(t, '/tmp')
  const data = join(home, 'ock')
  const libraries = join(home, 'lib')
  makeDataFolder(t, data)
  makeLibraries(softToken, libraries, data)
  await keepDaemon(t)
  const found = { module, token: label, pin: randomPin(), env: { LD_LIBRARY_PATH: libraries }, initArgs: '' }
  initToken(
    {
      module,
      initArgs: '',
      untouched: 'IBM OS PKCS#11',
      label,
      defaultSoPin: '87654321',
      soPin: randomPin(),
      pin: found.pin,
    },
    found.env,
  )
  return testToken(t, home, found)
}

// Processes that share a token share memory called after its folder; nobody else removes it.
function makeDataFolder(t: Test, data: string): void {
  mkdirSync(join(data, 'TOK_OBJ'), { recursive: true })
  t.teardown(() => rmSync(join('/dev/shm', data.slice(1).replaceAll('/', '.')), { force: true }))
}

/**
 * The software token's library with another data folder in it, where the loader looks first. Version 3.8 has no working
 * setting for that: under PKCS_APP_STORE it writes to `/`. The TPM's library, in Debian's configuration too, would
 * make folders and memory of its own; an empty file keeps it out.
 */
function makeLibraries(original: string, libraries: string, data: string): void {
  mkdirSync(libraries)
  writeFileSync(join(libraries, 'libpkcs11_sw.so'), withDataFolder(readFileSync(original), data))
  writeFileSync(join(libraries, 'libpkcs11_tpm.so'), '')
}

function withDataFolder(library: Buffer, data: string): Buffer {
  const constant = Buffer.from(`${builtInFolder}\0`)
  const at = library.indexOf(constant)
  if (at < 0 || library.includes(constant, at + 1) || data.length > builtInFolder.length)
    throw new Error(`cannot give the software token the data folder ${data}`)
  library.fill(0, at, at + constant.length)
  library.write(data, at, 'latin1')
  return library
}

// In a session of its own, so that Ctrl-C lets it tidy up; it ends when its stdin does, even if we are killed.
async function keepDaemon(t: Test): Promise<void> {
  const keeper = spawn('sh', [join(import.meta.dirname, 'keep-pkcsslotd.sh')], { detached: true })
  const ended = once(keeper, 'exit')
  t.teardown(() => {
    keeper.stdin.end()
    return ended
  })
  await Promise.race([once(keeper.stdout, 'data'), failure(keeper)])
}

async function failure(keeper: ChildProcess & { stderr: NodeJS.ReadableStream }): Promise<never> {
  throw new Error(`pkcsslotd does not run: ${await text(keeper.stderr)}`)
}
