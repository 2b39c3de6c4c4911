// A request as a dialect gets it, for tests that fill in what they are about.
import type { WireRequest } from '../../src/dialects/dialect.ts'

export const requestId = '7021b6ec-4be7-4d3c-8a68-1e85d4d515a0'

/** An empty GET of `/`. */
export const plainRequest: WireRequest = {
  method: 'GET',
  path: '/',
  rawQuery: '',
  headers: {},
  body: Buffer.alloc(0),
  oversized: false,
  requestId,
  sourceAddress: '127.0.0.1',
  secure: false,
}
