// Metrics at an address of their own, so that whoever reaches the service does not reach them.
import { createServer } from 'node:http'

/** Metrics in Prometheus' text form, with their media type. */
export interface MetricsText {
  readonly type: string
  readonly text: string
}

/** Answers `GET /metrics` at `HOST:PORT` until it is closed. Throws EADDRINUSE and the like. */
export async function serveMetrics(
  address: string,
  read: () => Promise<MetricsText>,
): Promise<{ close(): Promise<void> }> {
  const colon = address.lastIndexOf(':')
  const host = address.slice(0, colon).replace(/^\[(.*)\]$/, '$1')
  const server = createServer((request, response) => {
    if (request.method !== 'GET' || request.url !== '/metrics') {
      response.writeHead(404).end()
      return
    }
    read().then(
      ({ type, text }) => response.writeHead(200, { 'content-type': type }).end(text),
      () => response.writeHead(500).end(),
    )
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen({ host, port: Number(address.slice(colon + 1)) }, resolve)
  })
  return {
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
