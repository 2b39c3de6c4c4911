// The README is true: its snippets run as pasted, its commands and links exist.
import { spawn } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { root, startHome } from './support/server.ts'

const readme = readFileSync(join(root, 'README.md'), 'utf8')
const snippets = [...readme.matchAll(/^(.+):\n\n```js\n([\s\S]*?)```$/gm)].map(
  ([, title = '', code = '']) => ({ title, code }),
)
const home = await startHome(t)

function paste(code: string): Promise<string> {
  const child = spawn(process.execPath, ['--input-type=module'], {
    cwd: root,
    env: home.env,
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  let output = ''
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString()
  })
  child.stderr.on('data', (chunk: Buffer) => {
    if (!/DeprecationWarning|--trace-deprecation/.test(chunk.toString())) output += chunk.toString()
  })
  child.stdin.end(code)
  return new Promise((resolve) => child.once('close', () => resolve(output)))
}

t.equal(snippets.length, 5, 'a snippet for each SDK')

for (const { title, code } of snippets) {
  t.test(title, async (t) => {
    t.equal(await paste(code), 'true\n')
  })
}

t.test('the command line example', async (t) => {
  const [, json = ''] = /call alibaba GenerateDataKey '(.*)'/.exec(readme) ?? []
  const { code, stdout } = await home.run('call', 'alibaba', 'GenerateDataKey', json)
  t.equal(code, 0)
  t.match(JSON.parse(stdout), { Plaintext: String, CiphertextBlob: String })
})

t.test('the Chinese README has the same commands, snippets, options and links', async (t) => {
  const chinese = readFileSync(join(root, 'README.zh-CN.md'), 'utf8')
  const blocks = (text: string) => text.match(/```[\s\S]*?```/g)
  t.same(blocks(chinese), blocks(readme))
  const links = (text: string) => [...text.matchAll(/\]\(([\w./-]+\.md)\)/g)].map(([, link]) => link).slice(1)
  t.same(links(chinese), links(readme))
  const headings = (text: string) => text.match(/^## /gm)?.length
  t.equal(headings(chinese), headings(readme))
  const commands = (text: string) => [...text.matchAll(/^\| `([^`]+)`/gm)].map(([, command]) => command)
  t.same(commands(chinese), commands(readme))
})

t.test('links lead somewhere', async (t) => {
  const links = [...readme.matchAll(/\]\(([\w./-]+\.md)\)/g)].map(([, link = '']) => link)
  t.ok(links.length > 0)
  for (const link of links) t.ok(existsSync(join(root, link)), link)
})
