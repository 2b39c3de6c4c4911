// What reaches the library, seen by opensc's pkcs11-spy standing between a token process and SoftHSM.
import { randomUUID } from 'node:crypto'
import { existsSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { bindingDigest } from '../../src/core/sealed.ts'
import { clusterId, makeToken } from '../support/tokens.ts'

const spy = [
  '/usr/lib/x86_64-linux-gnu/pkcs11-spy.so',
  '/usr/lib/aarch64-linux-gnu/pkcs11-spy.so',
  '/usr/lib/pkcs11-spy.so',
].find(existsSync)

t.test(
  'one GenerateDataKey is random, create, wrap, destroy, and nothing that reads a CMK',
  { skip: spy === undefined && 'opensc is not installed' },
  async (t) => {
    const token = await makeToken(t)
    const log = join(token.home, 'spy.log')
    const env = { ...token.member.env, PKCS11SPY: token.member.module, PKCS11SPY_OUTPUT: log }
    const hsm = await token.open({}, { module: spy ?? '', env })
    const id = randomUUID()
    const binding = bindingDigest('data-key', id, {})
    await hsm.createKey(clusterId, id, 'cmk/test/1')
    const calls = (from: number) =>
      [
        ...readFileSync(log, 'utf8')
          .slice(from)
          .matchAll(/^\d+: (C_\w+)$/gm),
      ].map((match) => match[1])
    const before = statSync(log).size
    const made = await hsm.generate(clusterId, id, 32, binding)
    t.same(calls(before), ['C_GenerateRandom', 'C_CreateObject', 'C_WrapKey', 'C_DestroyObject'])
    const between = statSync(log).size
    await hsm.unwrap(clusterId, id, made, binding)
    t.same(calls(between), ['C_UnwrapKey', 'C_GetAttributeValue', 'C_GetAttributeValue', 'C_DestroyObject'])
    t.equal(calls(0).filter((name) => name === 'C_Login').length, 1, 'one login')
    t.equal(calls(0).filter((name) => name === 'C_Initialize').length, 1, 'one initialise')
  },
)
