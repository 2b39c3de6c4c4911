// A process that lives and does nothing: asked at intervals whether it still answers.

/** Milliseconds between questions. */
const interval = 2000
/** So many without an answer in a row: counted, not timed, so that a machine that slept suspects nobody. */
const unansweredLimit = 5

export interface Watch {
  /** It has answered. */
  heard(): void
  end(): void
}

/** Asks until `end`; calls `onHang` once when answers stay away. */
export function watch(ask: () => void, onHang: () => void): Watch {
  let unanswered = 0
  const timer = setInterval(() => {
    if (unanswered++ < unansweredLimit) {
      ask()
      return
    }
    clearInterval(timer)
    onHang()
  }, interval)
  return {
    heard() {
      unanswered = 0
    },
    end: () => clearInterval(timer),
  }
}
