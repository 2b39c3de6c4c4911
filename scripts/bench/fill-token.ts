// Makes CMKs on a token, a process of its own: real objects, from the service's template, without a search before each.
import { randomUUID } from 'node:crypto'
import { uuidBytes } from '../../src/core/sealed.ts'
import { mechanisms } from '../../src/hsm/mechanisms.ts'
import { rfc3394 } from '../../src/hsm/strategies/rfc3394.ts'
import { cmkTemplate } from '../../src/hsm/templates.ts'
import { openToken, type TokenAccess } from './open-token.ts'

/** What is to be made, and when to stop all the same. */
export interface FillJob extends TokenAccess {
  readonly count: number
  readonly seconds: number
}

/** A key made: its id, its version's, and the version's check value. */
export type FilledKey = readonly [keyId: string, versionId: string, checkValue: string]

process.on('disconnect', () => process.exit(0))
process.once('message', ({ count, seconds, ...access }: FillJob) => {
  const { library, session } = openToken(access)
  const end = Date.now() + seconds * 1000
  const made: FilledKey[] = []
  while (made.length < count && Date.now() < end) {
    const [keyId, versionId] = [randomUUID(), randomUUID()]
    const template = cmkTemplate(uuidBytes(versionId), `cmk/${keyId}/1`, { use: 'wrap', copyable: true })
    const key = library.C_GenerateKey(session, { mechanism: mechanisms.CKM_AES_KEY_GEN }, template)
    made.push([keyId, versionId, rfc3394.checkValue({ library, session }, { key }).toString('hex')])
  }
  library.C_Finalize()
  process.send?.(made, () => process.exit(0))
})
