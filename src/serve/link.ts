// What a worker and its supervisor say to each other, and the node's share as a worker sees it: asked for over the channel.
import type { ClusterStatus, Measured, MetricsText, NodeShare } from '../app.ts'
import type { Config } from '../config.ts'

/** First message to a worker. PINs travel here, never in argv or the environment. */
export interface OpenMessage {
  readonly type: 'open'
  readonly config: Config
  readonly slot: number
  readonly first: boolean
}

/** Comes with a connection, which the worker has from then on. */
export interface ConnectionMessage {
  readonly type: 'connection'
  readonly id: number
}

/** Asks a worker for its figures. */
export interface MeasureMessage {
  readonly type: 'measure'
  readonly id: number
}

/** A worker's figures. */
interface MeasuredMessage {
  readonly type: 'measured'
  readonly id: number
  readonly measured: Measured
}

/** Asks a worker to do its node's upkeep, to finish what is in flight and exit, or to say `alive`. */
export interface OrderMessage {
  readonly type: 'maintain' | 'drain' | 'ping'
}

interface AliveMessage {
  readonly type: 'alive'
}

/** What workers ask of the node, each with its arguments and its answer. */
interface Questions {
  take: { args: [subject: string, rate: number]; answer: number }
  first: { args: [value: string, lifetime: number]; answer: boolean }
  /** Answered when the turn has come; it lasts until `turnOver`, or until the worker is gone. */
  turn: { args: []; answer: null }
  turnOver: { args: []; answer: null }
  /** The metrics of all workers. */
  metrics: { args: []; answer: MetricsText }
}

type Question = {
  [Name in keyof Questions]: readonly [id: number, name: Name, ...args: Questions[Name]['args']]
}[keyof Questions]

export interface AskMessage {
  readonly type: 'ask'
  readonly questions: readonly Question[]
}

export interface AnswersMessage {
  readonly type: 'answers'
  readonly answers: readonly (readonly [id: number, answer: unknown])[]
}

/** A connection has come; said before anything of it is read. */
interface TookMessage {
  readonly type: 'took'
  readonly id: number
}

/** A connection is over. */
interface LeftMessage {
  readonly type: 'left'
  readonly id: number
}

export interface ReadyMessage {
  readonly type: 'ready'
  readonly clusters: readonly ClusterStatus[]
}

/** The worker could not start. */
export interface FailedMessage {
  readonly type: 'failed'
  readonly message: string
  /** The system's, such as EADDRINUSE. */
  readonly code?: string
}

export type ToWorker = OpenMessage | OrderMessage | AnswersMessage | ConnectionMessage | MeasureMessage
export type FromWorker =
  | ReadyMessage
  | FailedMessage
  | AskMessage
  | TookMessage
  | LeftMessage
  | AliveMessage
  | MeasuredMessage

/** Sends what is asked in one turn of the event loop in one message. */
function createOutbox<Item>(send: (items: Item[]) => void): (item: Item) => void {
  let items: Item[] = []
  return (item) => {
    if (items.push(item) > 1) return
    setImmediate(() => {
      send(items)
      items = []
    })
  }
}

/** The node's share from inside a worker, and where the supervisor's answers go. */
export function createLink(send: (message: AskMessage) => void): {
  readonly share: NodeShare
  onAnswers(message: AnswersMessage): void
} {
  const waiting = new Map<number, (answer: never) => void>()
  let nextId = 1
  const post = createOutbox<Question>((questions) => send({ type: 'ask', questions }))
  const ask = <Name extends keyof Questions>(name: Name, ...args: Questions[Name]['args']) =>
    new Promise<Questions[Name]['answer']>((resolve) => {
      const id = nextId++
      waiting.set(id, resolve)
      post([id, name, ...args] as unknown as Question)
    })
  return {
    share: {
      limiter: { take: (subject, rate) => ask('take', subject, rate) },
      replay: { first: (value, lifetime) => ask('first', value, lifetime) },
      async takeTurn(run) {
        await ask('turn')
        try {
          return await run()
        } finally {
          void ask('turnOver')
        }
      },
      metrics: () => ask('metrics'),
    },
    onAnswers({ answers }) {
      for (const [id, answer] of answers) {
        waiting.get(id)?.(answer as never)
        waiting.delete(id)
      }
    },
  }
}

/** Answers a worker's questions out of the share. `end` gives back the turn of a worker that is gone. */
export function answerQuestions(
  share: NodeShare,
  send: (message: AnswersMessage) => void,
): { onAsk(message: AskMessage): void; end(): void } {
  const post = createOutbox<AnswersMessage['answers'][number]>((answers) =>
    send({ type: 'answers', answers }),
  )
  const turns: (() => void)[] = []
  let gone = false
  // A worker starts one token process at a time: its turns end in the order in which they were asked for.
  const takeTurn = () =>
    new Promise<null>((begun) => {
      void share.takeTurn(() => {
        const { promise, resolve } = Promise.withResolvers<void>()
        turns.push(resolve)
        if (gone) resolve()
        begun(null)
        return promise
      })
    })
  const answers: { [Name in keyof Questions]: (...args: Questions[Name]['args']) => Promise<unknown> } = {
    take: (subject, rate) => share.limiter.take(subject, rate),
    first: (value, lifetime) => share.replay.first(value, lifetime),
    turn: takeTurn,
    metrics: () => share.metrics(async () => []),
    async turnOver() {
      turns.shift()?.()
      return null
    },
  }
  return {
    onAsk({ questions }) {
      for (const [id, name, ...args] of questions)
        void (answers[name] as (...args: unknown[]) => Promise<unknown>)(...args).then((answer) =>
          post([id, answer]),
        )
    },
    end() {
      gone = true
      for (const over of turns.splice(0)) over()
    },
  }
}
