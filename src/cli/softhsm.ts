// SoftHSM tokens for a development home; what has to be done as security officer runs in softhsm/create-token.ts.
import { spawn } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { libraryEnvironment } from '../config.ts'
import { Refusal } from './output.ts'

const libraries = [
  '/usr/lib/softhsm/libsofthsm2.so',
  '/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so',
  '/usr/lib/aarch64-linux-gnu/softhsm/libsofthsm2.so',
  '/usr/lib64/softhsm/libsofthsm2.so',
  '/usr/lib64/pkcs11/libsofthsm2.so',
  '/usr/local/lib/softhsm/libsofthsm2.so',
  '/opt/homebrew/lib/softhsm/libsofthsm2.so',
]

const pinLength = 16
const folder = fileURLToPath(new URL('../../softhsm/', import.meta.url))

/** The SoftHSM library of this machine. Throws Refusal with the line that installs it. */
export function findSofthsm(): string {
  const found = libraries.find((path) => existsSync(path))
  if (found === undefined)
    throw new Refusal('SoftHSM is not installed; run: sudo apt-get install -y softhsm2')
  return found
}

/** Name of a token's SoftHSM configuration in the home. */
export function softhsmConfig(letter: string): string {
  return `softhsm-${letter}.conf`
}

export interface SofthsmTokenOptions {
  readonly home: string
  readonly module: string
  readonly letter: string
  readonly label: string
}

/**
 * Makes a token in a folder of its own, with random PINs in files of mode 0600. The security officer's PIN is
 * written beside the user's for you to move away; the service never reads it.
 */
export async function createSofthsmToken({
  home,
  module,
  letter,
  label,
}: SofthsmTokenOptions): Promise<void> {
  const tokens = join(home, 'tokens', letter)
  mkdirSync(tokens, { recursive: true, mode: 0o700 })
  const template = readFileSync(join(folder, 'softhsm2.conf.template'), 'utf8')
  writeFileSync(join(home, softhsmConfig(letter)), template.replace('@TOKENDIR@', tokens), { mode: 0o600 })
  const pin = randomPin()
  const soPin = randomPin()
  writeFileSync(join(home, `pin-${letter}`), `${pin}\n`, { mode: 0o600 })
  writeFileSync(join(home, `so-pin-${letter}`), `${soPin}\n`, { mode: 0o600 })
  await runTool({ module, label, pin, soPin }, join(home, softhsmConfig(letter)))
}

// A process of its own, because the library reads the real environment; PINs go in by a pipe, not by argv.
function runTool(job: object, config: string): Promise<void> {
  const tool = spawn(process.execPath, [join(folder, 'create-token.ts')], {
    env: { ...libraryEnvironment(), SOFTHSM2_CONF: config },
    stdio: ['pipe', 'ignore', 'pipe'],
  })
  let problem = ''
  tool.stderr.on('data', (chunk: Buffer) => {
    problem += chunk.toString()
  })
  tool.stdin.end(JSON.stringify(job))
  return new Promise((resolve, reject) => {
    tool.once('error', reject)
    tool.once('exit', (code) => {
      if (code === 0) resolve()
      else reject(new Refusal(`the token could not be made: ${problem.trim().split('\n').at(-1) ?? ''}`))
    })
  })
}

function randomPin(): string {
  return Array.from({ length: pinLength }, () => randomInt(10)).join('')
}
