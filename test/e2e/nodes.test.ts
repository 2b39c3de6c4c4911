// Two nodes on one PostgreSQL: what one acknowledges the other knows within a second, and neither the death of a node nor
// a database that goes away for a while loses anything.
import t from 'tap'
import { makeNodes } from '../support/nodes.ts'
import { withoutPostgres } from '../support/postgres.ts'
import { type Call, popCore, type Reply, tencentSdk } from '../support/sdks.ts'
import { eventually } from '../support/until.ts'

const second = 1000
const temporary = [
  'InternalError',
  'UnsupportedOperation.ServiceTemporaryUnavailable',
  'ServiceUnavailableTemporary',
]

const wait = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds))

/** Asks again and again until it is ended; what came back each time. */
function repeat(ask: () => Promise<Reply>): { end(): Promise<(Reply | { code: string })[]> } {
  const answers: (Reply | { code: string })[] = []
  let ended = false
  const run = async () => {
    while (!ended) answers.push(await ask().catch((error: { code: string }) => ({ code: error.code })))
  }
  const running = Promise.all(Array.from({ length: 4 }, run))
  return {
    async end() {
      ended = true
      await running
      return answers
    },
  }
}

const codes = (answers: readonly object[]) =>
  [...new Set(answers.flatMap((answer) => ('code' in answer ? [String(answer.code)] : [])))].sort()

t.test('two nodes', { skip: withoutPostgres }, async (t) => {
  const { postgres, homes } = await makeNodes(t)
  const servers = [await homes[0].serve(), await homes[1].serve()]
  const [one, two] = homes.map((home) => tencentSdk(home.credentials())) as [Call, Call]
  const { keyId: KeyId } = homes[0].credentials()
  const dataKey = (call: Call) => call('GenerateDataKey', { KeyId, KeySpec: 'AES_256' })

  t.test('a blob of one opens on the other, and a new key is there at once', async (t) => {
    const made = await dataKey(one)
    t.match(await two('Decrypt', { CiphertextBlob: made.CiphertextBlob }), { Plaintext: made.Plaintext })
    const created = await one('CreateKey', { Alias: 'of-one' })
    t.ok((await two('GenerateDataKey', { KeyId: created.KeyId, NumberOfBytes: 8 })).CiphertextBlob)
    await t.rejects(two('CreateKey', { Alias: 'of-one' }), {
      code: 'InvalidParameterValue.AliasAlreadyExists',
    })
  })

  t.test(
    'a disabled key is refused on the other node a second after the acknowledgement, at most',
    async (t) => {
      for (let round = 0; round < 3; round++) {
        const load = repeat(() => dataKey(two))
        await wait(300)
        await one('DisableKey', { KeyId })
        await wait(second)
        await t.rejects(dataKey(two), { code: 'ResourceUnavailable.CmkDisabled' })
        await two('EnableKey', { KeyId })
        await wait(second)
        t.ok((await dataKey(one)).CiphertextBlob)
        t.same(codes(await load.end()), ['ResourceUnavailable.CmkDisabled'])
      }
    },
  )

  t.test('an access key that a command disables is refused on both', async (t) => {
    const { accountId, tencent } = homes[0].credentials()
    await homes[0].run('user', 'create', 'gone')
    const made = JSON.parse((await homes[0].run('credential', 'create', '--user', 'gone', '--json')).stdout)
    const keys = { ...tencent, secretId: made.accessKeyId, secretKey: made.secret }
    const calls = homes.map((home) => tencentSdk({ ...home.credentials(), accountId, tencent: keys }))
    for (const call of calls) await t.rejects(call('ListKeys', {}), { code: 'UnauthorizedOperation' })
    await homes[1].run('credential', 'disable', made.accessKeyId)
    await wait(second)
    for (const call of calls) await t.rejects(call('ListKeys', {}), { code: /^AuthFailure/ })
  })

  t.test(
    'kill -9 of a node, again and again: the other never fails, and nothing acknowledged is lost',
    async (t) => {
      const acknowledged: string[] = []
      let count = 0
      const create = async (call: Call, name: string) => {
        const reply = await call('CreateKey', { Alias: `${name}-${count++}` })
        acknowledged.push(String(reply.KeyId))
        return reply
      }
      const healthy = repeat(() => create(two, 'two'))
      for (let round = 0; round < 3; round++) {
        const call = tencentSdk(homes[0].credentials())
        const dying = repeat(() => create(call, `one-${round}`))
        await wait(300 + 100 * round)
        await servers[0]?.stop('SIGKILL')
        await dying.end()
        // Its start must take nothing away that the other node is making at this moment.
        servers[0] = await homes[0].serve()
      }
      t.same(codes(await healthy.end()), [], 'no failed request on the healthy node')
      const again = tencentSdk(homes[0].credentials())
      const broken: string[] = []
      for (const [index, KeyId] of acknowledged.entries()) {
        const made = await (index % 2 === 0 ? again : two)('GenerateDataKey', {
          KeyId,
          NumberOfBytes: 8,
        }).catch(() => null)
        if (made === null) broken.push(KeyId)
      }
      t.same(broken, [], `every one of ${acknowledged.length} acknowledged keys works`)
    },
  )

  t.test('a database that goes away for some seconds: clean errors, then all goes on', async (t) => {
    const calls = [
      tencentSdk(homes[0].credentials()),
      tencentSdk(homes[1].credentials()),
      popCore(homes[0].credentials()),
    ]
    const loads = calls.map((call) => repeat(() => call('GenerateDataKey', { KeyId, NumberOfBytes: 32 })))
    let count = 0
    const creations = repeat(() => two('CreateKey', { Alias: `away-${count++}` }))
    await wait(300)
    await postgres.stop()
    await wait(2 * second)
    for (const { url } of servers) {
      t.equal((await fetch(`${url}/healthz`)).status, 200)
      const ready = await fetch(`${url}/readyz`)
      t.equal(ready.status, 503)
      t.match(await ready.json(), { ready: false, store: { ready: false, error: /^unavailable: store: / } })
    }
    postgres.start()
    for (const { url } of servers)
      await eventually(
        async () => (await fetch(`${url}/readyz`)).status === 200,
        'a node that is ready again',
      )
    for (const load of loads) {
      const answers = await load.end()
      t.same(
        codes(answers).filter((code) => !temporary.includes(code)),
        [],
      )
      t.ok(codes(answers).length > 0, 'there were errors meanwhile')
    }
    const created = await creations.end()
    t.same(
      codes(created).filter((code) => !temporary.includes(code)),
      [],
    )
    const listed = (await two('ListKeys', { Limit: 200 })).Keys as { KeyId: string }[]
    const ids = listed.map(({ KeyId }) => KeyId)
    t.same(
      created.filter((reply) => 'KeyId' in reply && !ids.includes(String(reply.KeyId))),
      [],
      'nothing acknowledged is lost',
    )
    for (const KeyId of ids) await calls[0]?.('GenerateDataKey', { KeyId, NumberOfBytes: 8 })
    await calls[0]?.('DisableKey', { KeyId })
    await wait(second)
    await t.rejects(dataKey(two), { code: 'ResourceUnavailable.CmkDisabled' })
    await two('EnableKey', { KeyId })
    for (const { output } of servers) t.notMatch(output.join('\n'), postgres.password)
  })
})
