// CPU time and memory of process trees, from /proc.
import { readFileSync } from 'node:fs'

/** Clock ticks a second in /proc (USER_HZ), which is 100 on every Linux that Node runs on. */
const ticks = 100
const pageSize = 4096

/** The pids of a process and everything below it. */
export function treeOf(pid: number): number[] {
  const text = read(`/proc/${pid}/task/${pid}/children`)
  return [pid, ...text.split(' ').filter(Boolean).map(Number).flatMap(treeOf)]
}

/**
 * Seconds of CPU (user and system, all threads) a process tree has used. Those of descendants that have ended are in
 * their parents' accounts, so nothing is lost when a token process is replaced.
 */
export function cpuSeconds(pid: number): number {
  return treeOf(pid).reduce((sum, member) => sum + ownSeconds(member), 0)
}

/** Resident bytes of one process; 0 when it is gone. */
export function residentBytes(pid: number): number {
  return Number(read(`/proc/${pid}/statm`).split(' ')[1] ?? 0) * pageSize
}

/** A process's command line; empty when it is gone. */
export function commandOf(pid: number): string {
  return read(`/proc/${pid}/cmdline`).replaceAll('\0', ' ')
}

function ownSeconds(pid: number): number {
  const stat = read(`/proc/${pid}/stat`)
  // The name may hold blanks and brackets: fields are counted from behind it. utime, stime, cutime, cstime.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0) / ticks
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}
