// AccessDeniedDetail: why an action was refused, in JSON and XML.
import { XMLParser } from 'fast-xml-parser'
import t from 'tap'
import { kmsError } from '../../../src/core/errors.ts'
import { accountId, clusterIds } from '../../support/services.ts'
import { addUser } from '../../support/users.ts'
import { plainRequest } from '../../support/wire.ts'
import { createClient } from './client.ts'

const parser = new XMLParser({ parseTagValue: false })

const client = await createClient()
const user = await addUser(client.services)
const KeyId = await client.makeKey({ DKMSInstanceId: clusterIds[0] })
const KeyArn = `acs:kms:cn-hangzhou:${accountId}:key/${KeyId}`

/** What every refusal of the user has. */
const detail = {
  AuthAction: 'kms:DescribeKey',
  AuthPrincipalType: 'SubUser',
  AuthPrincipalOwnerId: accountId,
  AuthPrincipalDisplayName: user.userId,
  NoPermissionType: 'ImplicitDeny',
  PolicyType: 'AccountLevelIdentityBasedPolicy',
  EncodedDiagnosticMessage: '',
}

t.test('no policy allows it; one of the user’s denies it; the key’s denies it', async (t) => {
  const ask = async () => (await client.call('DescribeKey', { KeyId }, user)).body
  const refused = { Code: 'Forbidden.NoPermission', HttpStatus: 403 }
  const Message = `This operation for ${KeyArn} is forbidden by permission system.`
  const implicit = await ask()
  t.match(implicit, { ...refused, Message, RequestId: /^[0-9a-f-]{36}$/ })
  t.same(implicit.AccessDeniedDetail, detail)

  await user.put({ effect: 'allow', action: 'kms:*' }, { effect: 'deny', action: 'kms:Describe*' })
  t.same((await ask()).AccessDeniedDetail, { ...detail, NoPermissionType: 'ExplicitDeny' })

  await user.allow('kms:*')
  const Principal = { RAM: [`acs:ram::${accountId}:user/user`] }
  const Statement = { Effect: 'Deny', Principal, Action: 'kms:DescribeKey', Resource: '*' }
  await client.call('SetKeyPolicy', { KeyId, Policy: JSON.stringify({ Version: '1', Statement }) })
  const byKey = { ...detail, NoPermissionType: 'ExplicitDeny', PolicyType: 'ResourceBasedPolicy' }
  t.same((await ask()).AccessDeniedDetail, byKey)

  const xml = (await client.call('DescribeKey', { KeyId, Format: 'XML' }, user)).body
  t.match(parser.parse(xml).Error, { ...refused, HttpStatus: '403', Message, AccessDeniedDetail: byKey })
})

t.test('an account that asks itself is called one', async (t) => {
  const facts = { action: 'kms:X', resource: [KeyArn], explicit: false, by: 'key-policy', accountId } as const
  const { body } = client.dialect.failure(plainRequest, undefined, kmsError('access-denied', facts))
  t.match(JSON.parse(body).AccessDeniedDetail, {
    AuthAction: 'kms:X',
    AuthPrincipalType: 'Account',
    AuthPrincipalDisplayName: accountId,
    PolicyType: 'ResourceBasedPolicy',
  })
})

t.test('no other error has it, nor does a dry run', async (t) => {
  const none = await client.call('DescribeKey', { KeyId: 'none' }, user)
  t.notOk('AccessDeniedDetail' in none.body)
  await user.allow('kms:None')
  const dry = await client.call('Encrypt', { KeyId, Plaintext: 'x', DryRun: true }, user)
  t.equal(dry.body.Code, 'AccessDeniedError')
  t.notOk('AccessDeniedDetail' in dry.body)
})
