// One of several HTTP processes of a node. Started by supervisor.ts, never imported.
import type { Socket } from 'node:net'
import { type App, openApp } from '../app.ts'
import { createLog } from '../log.ts'
import {
  type ConnectionMessage,
  createLink,
  type FromWorker,
  type OpenMessage,
  type ToWorker,
} from './link.ts'

process.umask(0o077)
const send = (message: FromWorker) => void process.send?.(message)
const link = createLink(send)
let app: App | undefined

// Ctrl-C and the end of a terminal reach the whole process group: when this process ends is the supervisor's to say.
process.on('SIGINT', () => {})
process.on('SIGHUP', () => {})
process.on('SIGTERM', () => void end())
// Whoever accepts connections for it is gone, and the next supervisor's workers have its place.
process.on('disconnect', () => process.exit())
process.on('message', (message: ToWorker, socket: Socket | undefined) => {
  if (message.type === 'connection') take(message, socket)
  else if (message.type === 'open') void open(message)
  else if (message.type === 'answers') link.onAnswers(message)
  else if (message.type === 'maintain') void app?.maintain()
  else if (message.type === 'measure') void measure(message.id)
  else if (message.type === 'ping') send({ type: 'alive' })
  else void end()
})

function take({ id }: ConnectionMessage, socket: Socket | undefined): void {
  send({ type: 'took', id })
  // A client that was quick to leave leaves nothing to be given.
  if (socket === undefined || app === undefined) {
    send({ type: 'left', id })
    return
  }
  socket.once('close', () => send({ type: 'left', id }))
  app.accept(socket)
}

async function open({ config, slot, first }: OpenMessage): Promise<void> {
  const log = createLog(config.log.level).child({ worker: slot })
  try {
    app = await openApp(config, { slot, first, listens: false, share: link.share, log })
    send({ type: 'ready', clusters: app.clusters() })
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    send({ type: 'failed', message, ...(code === undefined ? {} : { code }) })
  }
}

async function measure(id: number): Promise<void> {
  if (app !== undefined) send({ type: 'measured', id, measured: await app.measure() })
}

async function end(): Promise<void> {
  await app?.close()
  process.exit()
}
