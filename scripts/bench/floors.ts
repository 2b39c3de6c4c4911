// The floors that a data key cannot cost less than: HTTP with a signature, and the token's own four calls.
import { type ChildProcess, fork } from 'node:child_process'
import { libraryEnvironment } from '../../src/config.ts'
import type { Scope } from '../../test/support/server.ts'
import type { FloorJob } from './floor-http.ts'
import type { TokenLoop } from './floor-token.ts'
import type { Target } from './job.ts'
import type { TokenAccess } from './open-token.ts'

/** Floor (a) as a target of load, and its process. */
export interface HttpFloor extends Target {
  readonly pid: number
}

/** Starts floor (a): it knows one secret and gives one answer. */
export async function startHttpFloor(
  owner: Scope,
  credential: Target['credential'],
  reply: string,
): Promise<HttpFloor> {
  const child = start(owner, './floor-http.ts', {})
  child.send({ secret: credential.secret, reply } satisfies FloorJob)
  const port = await answerOf<number>(child)
  return { host: `127.0.0.1:${port}`, credential, pid: child.pid ?? 0 }
}

/** Starts floor (b): each call of the result loops once; microseconds of CPU a data key. */
export async function startTokenFloor(
  owner: Scope,
  access: TokenAccess,
  env: Readonly<Record<string, string>>,
): Promise<(loop: TokenLoop) => Promise<number>> {
  const child = start(owner, './floor-token.ts', env)
  child.send(access)
  await answerOf(child)
  return (loop) => {
    child.send(loop)
    return answerOf<number>(child)
  }
}

function start(owner: Scope, file: string, env: Readonly<Record<string, string>>): ChildProcess {
  const child = fork(new URL(file, import.meta.url), {
    env: { ...libraryEnvironment(), ...env },
    execArgv: [],
  })
  owner.teardown(() => child.kill())
  return child
}

function answerOf<Answer>(child: ChildProcess): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const end = (code: number | null) => reject(new Error(`a floor's process ended with ${code}`))
    child.once('exit', end)
    child.once('message', (answer: Answer) => {
      child.off('exit', end)
      resolve(answer)
    })
  })
}
