// Fills a home whose server is not running: keys with real token objects, hosted data keys, rows as the service writes them.
import { fork } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { libraryEnvironment } from '../../src/config.ts'
import type { KeyIntent, NewDataKey } from '../../src/core/ports.ts'
import { decodeCiphertext } from '../../src/dialects/tencent/ciphertext.ts'
import { openStore } from '../../src/store/store.ts'
import type { FilledKey, FillJob } from './fill-token.ts'
import { type BenchHome, tokenOf } from './service.ts'

/** Makes CMKs in the home's first cluster, as many as there is time for; the ids of the keys. */
export async function fillKeys(home: BenchHome, count: number, seconds: number): Promise<readonly string[]> {
  const made = await makeObjects(home, count, seconds)
  const { accountId, clusters } = home.credentials()
  const store = await openStore(`sqlite:${join(home.home, 'p11kms.db')}`)
  await store.transact(async (writer) => {
    for (const [keyId, versionId, checkValue] of made) {
      await writer.insertIntent({ key: newKey(accountId, clusters[0] ?? '', keyId, versionId) })
      await writer.activateKey(keyId, versionId, checkValue)
    }
  })
  await store.close()
  return made.map(([keyId]) => keyId)
}

/** Hosts data keys under the sample CMK, all with one blob, which is a real one. */
export async function fillDataKeys(home: BenchHome, blob: string, count: number): Promise<void> {
  const { accountId } = home.credentials()
  const envelope = decodeCiphertext(blob, {})
  const store = await openStore(`sqlite:${join(home.home, 'p11kms.db')}`)
  await store.transact(async (writer) => {
    for (let index = 0; index < count; index++) {
      const dataKey: NewDataKey = {
        id: randomUUID(),
        accountId,
        name: `bench-${index}`,
        description: '',
        state: 'Enabled',
        length: 32,
        origin: 'generated',
        envelope,
        context: {},
        createdAt: Date.now(),
        deletionAt: null,
        keyId: home.keyId,
      }
      await writer.insertDataKey(dataKey)
    }
  })
  await store.close()
}

function makeObjects(home: BenchHome, count: number, seconds: number): Promise<readonly FilledKey[]> {
  const { access, env } = tokenOf(home, 0)
  const child = fork(new URL('./fill-token.ts', import.meta.url), {
    env: { ...libraryEnvironment(), ...env },
    execArgv: [],
    serialization: 'advanced',
  })
  child.send({ ...access, count, seconds } satisfies FillJob)
  return new Promise((resolve, reject) => {
    child.once('message', (made: readonly FilledKey[]) => resolve(made))
    child.once('exit', (code) => reject(new Error(`the token could not be filled: exit ${code}`)))
  })
}

function newKey(accountId: string, clusterId: string, id: string, versionId: string): KeyIntent['key'] {
  return {
    id,
    accountId,
    clusterId,
    dedicated: false,
    spec: 'AES_256',
    usage: 'ENCRYPT_DECRYPT',
    protectionLevel: 'HSM',
    description: 'made by the bench',
    createdAt: Date.now(),
    deletionAt: null,
    primaryVersionId: versionId,
    policy: null,
    rotationInterval: null,
    rotationAt: null,
    rotatedAt: null,
  }
}
