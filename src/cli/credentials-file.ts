// credentials.json: what a client of a development home needs, written for its owner's eyes only.
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { exposureOfFile } from '../secret-file.ts'
import { Refusal } from './output.ts'

/** The file's members, as promised to the outside. */
export interface CredentialsFile {
  readonly endpoint: string
  readonly accountId: string
  readonly tencent: { readonly secretId: string; readonly secretKey: string; readonly region: string }
  readonly alibaba: {
    readonly accessKeyId: string
    readonly accessKeySecret: string
    readonly region: string
  }
  readonly clusters: readonly string[]
  /** The sample CMK, in the first cluster. */
  readonly keyId: string
}

const name = 'credentials.json'

export function hasCredentials(home: string): boolean {
  return existsSync(join(home, name))
}

/** What is wrong with the file's permissions and how to mend it; undefined when nothing is, or it is not there. */
export function exposedCredentials(home: string): string | undefined {
  return hasCredentials(home) ? exposureOfFile(join(home, name)) : undefined
}

/** Throws Refusal when the home has none. */
export function readCredentials(home: string): CredentialsFile {
  if (!hasCredentials(home)) throw new Refusal(`no ${name} in ${home}; run: p11kms init`)
  return JSON.parse(readFileSync(join(home, name), 'utf8')) as CredentialsFile
}

/** Replaces the file in one step; mode 0600. */
export function writeCredentials(home: string, credentials: CredentialsFile): void {
  const temporary = join(home, `${name}.new`)
  writeFileSync(temporary, `${JSON.stringify(credentials, null, 2)}\n`, { mode: 0o600 })
  renameSync(temporary, join(home, name))
}
