// The language of Error.Message: the one asked for; the code is the same in each.
import t from 'tap'
import { say } from '../../../src/dialects/tencent/messages.ts'
import { createClient } from './client.ts'

const chinese = /\p{Script=Han}/u
const keyId = '00000000-0000-4000-8000-000000000000'

t.test('a header chooses it in TC3, a field in v1; without one it is English', async (t) => {
  const client = await createClient()
  const input = { KeyId: keyId }
  const tc3 = async (language: string | undefined) =>
    (await client.call('DescribeKey', input, { headers: { 'x-tc-language': language } })).Error
  const v1 = async (Language: string | undefined) => {
    const rawQuery = client.v1({ Action: 'DescribeKey', KeyId: keyId, Language })
    const host = 'kms.tencentcloudapi.com'
    return (await client.send({ method: 'GET', rawQuery, headers: { host } })).Error
  }
  for (const ask of [tc3, v1]) {
    for (const language of [undefined, 'en-US', 'fr-FR']) {
      const { Code, Message } = await ask(language)
      t.equal(Code, 'ResourceUnavailable.CmkNotFound')
      t.equal(Message, `The CMK \`${keyId}\` does not exist.`)
    }
    t.same(await ask('zh-CN'), {
      Code: 'ResourceUnavailable.CmkNotFound',
      Message: `CMK \`${keyId}\` 不存在。`,
    })
  }
})

t.test('errors of the gateway and of parameters have it too', async (t) => {
  const client = await createClient()
  const headers = { 'x-tc-language': 'zh-CN' }
  const replies = [
    await client.send({ ...client.tc3('None', { headers }) }),
    await client.call('DescribeKey', {}, { headers }),
    await client.call('DescribeKey', { KeyId: 'x' }, { headers }),
    await client.call('DescribeKey', { KeyId: keyId, More: 1 }, { headers }),
    await client.call('GenerateRandom', { NumberOfBytes: 'x' }, { headers }),
    await client.send({ ...client.tc3('ListKeys', { headers, secret: 'wrong' }) }),
    await client.send({ ...client.tc3('ListKeys', { headers, ahead: 1000 }) }),
    await client.call('CreateKey', { Alias: 'a', Type: 2 }, { headers }),
  ]
  for (const { Error: error } of replies) t.match(error.Message, chinese, error.Code)
})

t.test('a place without a fact stays as it is, and facts are not read as patterns', async (t) => {
  t.equal(say('cmkQuota', 'en-US'), 'The number of CMKs has reached its upper limit ({quota}).')
  t.equal(say('cmkNotFound', 'en-US', { keyId: '$& {keyId}' }), 'The CMK `$& {keyId}` does not exist.')
})
