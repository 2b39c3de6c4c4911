// What the bench and its load generator say to each other.
import type { CallToSign } from '../../src/dialects/dialect.ts'

/** Whose requests, and where they go. */
export interface Target {
  /** `name:port` */
  readonly host: string
  readonly credential: CallToSign['credential']
}

/** One run of load. */
export interface LoadJob extends Target {
  readonly dialect: 'tencent' | 'alibaba'
  readonly action: string
  /** Taken in turn. */
  readonly inputs: readonly Readonly<Record<string, unknown>>[]
  readonly connections: number
  /** Before anything is counted. */
  readonly warmUpSeconds: number
  readonly seconds: number
  /** Requests a second, whatever the answers do; without it each connection asks again when it has its answer. */
  readonly rate?: number
}

/** Milliseconds from the moment a request was due. */
export interface Latencies {
  readonly p50: number
  readonly p99: number
  readonly p999: number
}

export interface LoadResult {
  readonly requests: number
  /** Of the counted part. */
  readonly seconds: number
  readonly latencies: Latencies
}

/** What the generator reports: that counting begins, or how it went. */
export type LoadReport =
  | { readonly type: 'counting' }
  | { readonly type: 'done'; readonly result: LoadResult }
  | { readonly type: 'failed'; readonly problem: string }
