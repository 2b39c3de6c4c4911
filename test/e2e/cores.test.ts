// No core files: neither way of starting lets a process with secrets in its memory write one.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { makeHome, root } from '../support/server.ts'

const home = makeHome(t)
const launchers = [
  ['p11kms', 'serve', '--init'],
  ['start.sh', '--quiet'],
] as const

for (const [script, ...args] of launchers)
  t.test(`scripts/${script}: the server and its token processes`, async (t) => {
    const server = await home.serve({}, ['sh', join(root, 'scripts', script), ...args])
    const pids = [server.process.pid, ...server.tokenPids()]
    t.equal(pids.length, 3)
    for (const pid of pids)
      t.match(readFileSync(`/proc/${pid}/limits`, 'utf8'), /^Max core file size +0 +0 /m, `${pid}`)
    await server.stop()
  })
