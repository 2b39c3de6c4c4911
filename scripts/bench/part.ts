// What a part of the bench works with, and how parts share what is slow to make.
import type { Scope } from '../../test/support/server.ts'
import type { Figure } from './figures.ts'
import { type Load, startLoad } from './load-client.ts'
import { type BenchHome, makeBenchHome, type Service, startService } from './service.ts'

/** What a part is given. */
export interface Bench {
  /** What is made for the part ends with it. */
  readonly owner: Scope
  /** A glance instead of a measurement: everything runs, no figure is to be trusted. */
  readonly quick: boolean
  readonly load: Load
  /** Tells who watches what goes on. */
  say(step: string): void
}

/** Measures its figures. Throws when something could not be run that should. */
export type Part = (bench: Bench) => Promise<readonly Figure[]>

/** Something that ends what was made for it, the last first. */
export interface Stack extends Scope {
  end(): Promise<void>
}

export function createStack(): Stack {
  const handlers: (() => unknown)[] = []
  return {
    teardown: (handler: () => unknown) => void handlers.push(handler),
    async end() {
      for (const handler of handlers.splice(0).reverse()) await handler()
    },
  }
}

/** Runs one part with a load generator, and ends whatever it made. */
export async function runPart(part: Part, options: Pick<Bench, 'quick' | 'say'>): Promise<readonly Figure[]> {
  const stack = createStack()
  // Whoever has seen enough leaves nothing behind either.
  const stop = () => void stack.end().finally(() => process.exit(130))
  process.once('SIGINT', stop).once('SIGTERM', stop)
  try {
    return await part({ ...options, owner: stack, load: startLoad(stack) })
  } finally {
    process.off('SIGINT', stop).off('SIGTERM', stop)
    await stack.end()
  }
}

/** Seconds of a measurement, in a full run and in a quick one. */
export function lasting({ quick }: Pick<Bench, 'quick'>, seconds: number): number {
  return quick ? Math.min(seconds, 0.5) : seconds
}

/** Seconds until a fresh server's code has been compiled by Node as far as it will be. */
export const settling = 10

/** A file system in memory. */
export const memoryFolder = '/dev/shm'

/** A home and its server with everything on. */
export async function makeService(
  { owner }: Pick<Bench, 'owner'>,
  env: NodeJS.ProcessEnv = {},
): Promise<{ home: BenchHome; service: Service }> {
  const home = await makeBenchHome(owner)
  return { home, service: await startService(home, env) }
}
