// The bench's side of its load generator: one process, jobs one after the other, CPU of the server beside them.
import { type ChildProcess, fork } from 'node:child_process'
import type { Scope } from '../../test/support/server.ts'
import { cpuSeconds } from './cpu.ts'
import type { LoadJob, LoadReport, LoadResult } from './job.ts'

/** A run of load with what it cost the server. */
export interface Measured extends LoadResult {
  /** Microseconds of CPU per request, of the server's whole process tree. */
  readonly cpu: number
  /** Requests a second. */
  readonly rate: number
}

/** Puts a server under load. Throws when any answer is not a success. */
export type Load = (job: LoadJob, serverPid: number) => Promise<Measured>

/** Starts a generator, which ends with its owner. */
export function startLoad(owner: Scope): Load {
  const child = fork(new URL('./load.ts', import.meta.url), { execArgv: [] })
  owner.teardown(() => child.kill())
  return async (job, serverPid) => {
    child.send(job)
    await nextReport(child)
    const before = cpuSeconds(serverPid)
    const report = await nextReport(child)
    const used = cpuSeconds(serverPid) - before
    if (report.type !== 'done') throw new Error('the load generator lost count')
    const { result } = report
    return { ...result, cpu: (used * 1e6) / result.requests, rate: result.requests / result.seconds }
  }
}

function nextReport(child: ChildProcess): Promise<LoadReport> {
  return new Promise((resolve, reject) => {
    const end = (code: number | null) => reject(new Error(`the load generator ended with ${code}`))
    child.once('exit', end)
    child.once('message', (report: LoadReport) => {
      child.off('exit', end)
      if (report.type === 'failed') reject(new Error(report.problem))
      else resolve(report)
    })
  })
}
