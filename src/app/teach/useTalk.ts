/** Where a presentation is: at the step of the cursor, or asking what the one after it will bring. */
import { useCallback, useState } from 'react'
import { openQuestion } from '../store/document.ts'
import { store } from '../store/store.ts'

/** What a presentation shows, and the ways on. */
export interface Talk {
  /** The step after the cursor is asked about. */
  readonly asking: boolean
  /** The key of the choice that is marked. */
  readonly guess: string | undefined
  readonly setGuess: (guess: string) => void
  readonly next: () => void
  readonly back: () => void
  /** Goes to a step; questions on the way are shown and not asked. */
  readonly leap: (step: number) => void
}

/** @param onTurn called when something else is shown; the same function each time */
export function useTalk(onTurn: () => void): Talk {
  const [asking, setAsking] = useState(false)
  const [guess, setGuess] = useState<string>()

  /** Shows the step at the cursor, or asks what the one after it will bring. */
  const turn = useCallback(
    (to: { readonly asking: boolean }): void => {
      setAsking(to.asking)
      setGuess(undefined)
      onTurn()
    },
    [onTurn],
  )

  const next = useCallback((): void => {
    const { doc, answers, answer, go } = store.getState()
    const step = doc.scenario.cursor + 1
    if (!asking && openQuestion(doc.scenario, answers) === step) return turn({ asking: true })
    if (asking) answer(step, guess ?? '')
    else go(step)
    turn({ asking: false })
  }, [asking, guess, turn])

  const back = useCallback((): void => {
    const { doc, go, askAgain } = store.getState()
    const { cursor: step, predictions } = doc.scenario
    if (asking) return turn({ asking: false })
    askAgain(step)
    go(step - 1)
    turn({ asking: step > 0 && predictions?.[String(step)] !== undefined })
  }, [asking, turn])

  const leap = useCallback(
    (step: number): void => {
      const { doc, answers, answer, askAgain, go } = store.getState()
      askAgain(step + 1)
      // What is leapt over is shown and not asked.
      for (const key of Object.keys(doc.scenario.predictions ?? {})) {
        if (Number(key) <= step && answers[key] === undefined) answer(Number(key), '')
      }
      go(step)
      turn({ asking: false })
    },
    [turn],
  )

  return { asking, guess, setGuess, next, back, leap }
}
