// KeyId as id, alias or ARN, and what alias names may be.
import t from 'tap'
import { aliasNameOf, keyIdOnly, keyReference } from '../../../src/dialects/alibaba/key-reference.ts'
import type { ActionContext } from '../../../src/dialects/dialect.ts'
import { ParameterError } from '../../../src/dialects/parameters.ts'
import { createTestServices } from '../../support/services.ts'

const { kms, caller } = await createTestServices()
const context: ActionContext = {
  kms,
  caller,
  settings: { region: 'cn-hangzhou', edition: 'auto', profile: 'on-prem', rates: {} },
}
const keyId = '599fa825-17de-417e-9554-bb032cc6a001'
const arn = (resource: string, region = 'cn-hangzhou', account = caller.accountId) =>
  `acs:kms:${region}:${account}:${resource}`

t.test('an id, an alias and their ARNs name a key', async (t) => {
  t.same(keyReference(keyId, context), { keyId })
  t.same(keyReference(arn(`key/${keyId}`), context), { keyId })
  t.same(keyReference('alias/a/b', context), { alias: 'a/b' })
  t.same(keyReference(arn('alias/a/b'), context), { alias: 'a/b' })
})

t.test(
  'an ARN of another account names a key with its account, and no alias; of another region nothing',
  async (t) => {
    for (const [region, account] of [
      ['cn-beijing', caller.accountId],
      ['', ''],
    ] as const) {
      t.throws(() => keyReference(arn(`key/${keyId}`, region, account), context), { code: 'key-not-found' })
      t.throws(() => keyReference(arn('alias/a', region, account), context), { code: 'alias-not-found' })
    }
    const other = '100000000002'
    t.same(keyReference(arn(`key/${keyId}`, 'cn-hangzhou', other), context), { keyId, accountId: other })
    t.throws(() => keyReference(arn('alias/a', 'cn-hangzhou', other), context), { code: 'alias-not-found' })
    t.throws(() => keyIdOnly(arn(`key/${keyId}`, 'cn-hangzhou', other), context), { code: 'key-not-found' })
  },
)

t.test('where only an id will do, an alias is refused', async (t) => {
  t.equal(keyIdOnly(keyId, context), keyId)
  t.equal(keyIdOnly(arn(`key/${keyId}`), context), keyId)
  const refused = { code: 'Unsupported.Alias', status: 400 }
  t.throws(() => keyIdOnly('alias/a', context), refused)
  t.throws(() => keyIdOnly(arn('alias/a'), context), refused)
  t.throws(() => keyIdOnly(arn('alias/a', 'cn-hangzhou', '100000000002'), context), refused)
  t.throws(() => keyIdOnly(arn('alias/a', 'cn-beijing'), context), refused)
})

t.test('alias names', async (t) => {
  for (const name of ['a', 'A-b_c/0', 'x'.repeat(255), 'ac', 'a/acs']) {
    t.equal(aliasNameOf(`alias/${name}`), name)
  }
  for (const bad of [
    '',
    'a',
    'alias/',
    'Alias/a',
    'alias/acs',
    'alias/acs/kms',
    'alias/a b',
    'alias/ä',
    'alias/a\n',
    `alias/${'x'.repeat(256)}`,
  ]) {
    t.throws(() => aliasNameOf(bad), new ParameterError('value', 'AliasName'), JSON.stringify(bad))
  }
})
