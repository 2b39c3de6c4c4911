// An address whose signatures keep failing, on a real server: refused for a while, said once, forgotten.
import t from 'tap'
import { alibabaRequest, send, tencentRequest } from '../support/raw.ts'
import { startHome } from '../support/server.ts'

t.test('both dialects count together, for one address', async (t) => {
  const home = await startHome(t, { P11KMS_LIMITS_FAILED_SIGNATURES: '6', P11KMS_LIMITS_FAILURE_PAUSE: '2' })
  const { host, output } = home.server
  const credentials = home.credentials()
  const wrong = {
    ...credentials,
    tencent: { ...credentials.tencent, secretKey: 'wrong' },
    alibaba: { ...credentials.alibaba, accessKeySecret: 'wrong' },
  }
  const tencent = async (by = credentials, from = '127.0.0.1') =>
    (await send(host, { ...tencentRequest(by, 'GetRegions', {}), localAddress: from })).body
  const alibaba = async (by = credentials, from = '127.0.0.1') =>
    (await send(host, { ...alibabaRequest(by, 'DescribeRegions', {}), localAddress: from })).body
  for (let count = 0; count < 3; count++) {
    t.match(await tencent(wrong), /"AuthFailure\.SignatureFailure"/)
    t.match(await alibaba(wrong), /"SignatureDoesNotMatch"/)
  }
  for (let count = 0; count < 4; count++) {
    t.match(await tencent(), /"RequestLimitExceeded"/)
    t.match(await alibaba(), /"Rejected\.Throttling"/)
  }
  t.match(await tencent(credentials, '127.0.0.2'), /"Regions"/, 'another address is heard')
  t.equal(output.filter((line) => /signatures keep failing/.test(line)).length, 1)
  t.match(JSON.parse(output.find((line) => /signatures keep failing/.test(line)) ?? ''), {
    address: '127.0.0.1',
    failures: 6,
    pause: 2,
  })
  const recorded = async () => {
    const lines = (await home.run('audit', 'export')).stdout.trimEnd().split('\n')
    return lines.map((line) => JSON.parse(line).outcome).filter((outcome) => /Limit|Thrott/.test(outcome))
  }
  t.same(await recorded(), ['RequestLimitExceeded'])
  while (!/"Regions"/.test(await tencent())) await new Promise((resolve) => setTimeout(resolve, 50))
  t.match(await alibaba(), /"Regions"/)
  t.match(await home.run('audit', 'verify'), { code: 0 })
})

t.test('it can be turned off', async (t) => {
  const home = await startHome(t, { P11KMS_LIMITS_FAILED_SIGNATURES: '0' })
  const credentials = home.credentials()
  const wrong = { ...credentials, tencent: { ...credentials.tencent, secretKey: 'wrong' } }
  for (let count = 0; count < 300; count++)
    await send(home.server.host, tencentRequest(wrong, 'GetRegions', {}))
  t.match((await send(home.server.host, tencentRequest(credentials, 'GetRegions', {}))).body, /"Regions"/)
})
