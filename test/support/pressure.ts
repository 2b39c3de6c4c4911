// Steady load on a server from kept-alive connections: every reply is looked at, every connection that fails is counted.
import { Agent as HttpAgent, request as httpRequest } from 'node:http'
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https'
import type { CredentialsFile } from '../../src/cli/credentials-file.ts'
import { tencentRequest } from './raw.ts'

export interface Pressure {
  /** Replies with a data key. */
  readonly served: number
  /** Replies that were something else. */
  readonly wrong: readonly string[]
  /** Codes of connections that failed before a reply was whole, such as ECONNREFUSED. */
  readonly failed: readonly string[]
  /** Ends it when every request under way has its answer. */
  stop(): Promise<void>
}

/**
 * Asks for data keys on so many connections, one request after the other.
 */
export function startPressure(
  credentials: CredentialsFile,
  { connections = 8, ca, onFailure = 'continue' }: PressureOptions = {},
): Pressure {
  const tls = ca !== undefined
  const agent = tls
    ? new HttpsAgent({ keepAlive: true, maxSockets: connections, ca: ca() })
    : new HttpAgent({ keepAlive: true, maxSockets: connections })
  const state = { served: 0, wrong: [] as string[], failed: [] as string[], stopped: false }
  const ask = () =>
    new Promise<void>((resolve) => {
      const { keyId, endpoint } = credentials
      const input = { KeyId: keyId, KeySpec: 'AES_256' }
      const { method, path, headers, body } = tencentRequest(credentials, 'GenerateDataKey', input)
      const fail = ({ code, message }: NodeJS.ErrnoException) => {
        state.failed.push(code ?? message)
        if (onFailure === 'stop') state.stopped = true
        setTimeout(resolve, 10)
      }
      const make = tls ? httpsRequest : httpRequest
      const options = { method, headers, agent, ...(tls ? { ca: ca() } : {}) }
      const sent = make(`${endpoint}${path}`, options, (response) => {
        let text = ''
        response.on('data', (chunk: Buffer) => {
          text += chunk.toString()
        })
        response.on('error', fail)
        response.on('end', () => {
          if (text.includes('"Plaintext"')) state.served++
          else state.wrong.push(text)
          resolve()
        })
      })
      sent.on('error', fail)
      sent.end(body)
    })
  const client = async () => {
    while (!state.stopped) await ask()
  }
  const clients = Array.from({ length: connections }, client)
  return Object.assign(state, {
    async stop() {
      state.stopped = true
      await Promise.all(clients)
      agent.destroy()
    },
  })
}

export interface PressureOptions {
  readonly connections?: number
  /** CAs that are trusted, asked for at each connection; https with it. */
  readonly ca?: () => Buffer[]
  /** A server that ends is not asked again. */
  readonly onFailure?: 'continue' | 'stop'
}
