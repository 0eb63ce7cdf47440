import { useCallback, useEffect, useRef, type ReactNode } from 'react'
import { titleOf } from '../../scenario/document/scenario.ts'
import { Canvas } from '../canvas/Canvas.tsx'
import { useApp } from '../store/store.ts'
import { useQuestion } from './useQuestion.ts'
import { useTalk, type Talk } from './useTalk.ts'
import { Footer } from './Footer.tsx'
import { Question, Start, Step } from './Slides.tsx'
import { leave, toggleScreen, useScreen } from './full-screen.ts'

/** The run over the whole screen, step by step, in type that can be read from the last row. */
export function Present(): ReactNode {
  const { title, cursor } = useApp((s) => s.doc.scenario)
  const stage = useRef<HTMLElement>(null)
  const toTop = useCallback(() => stage.current?.scrollTo(0, 0), [])
  const talk = useTalk(toTop)
  const { asking, guess, setGuess } = talk
  useKeys(talk)
  useScreen()
  useEffect(() => stage.current?.focus(), [])

  return (
    <main className="flex h-full flex-col bg-bg" data-testid="present">
      <div className="flex min-h-0 flex-1 flex-col lg:grid lg:grid-cols-[minmax(0,1fr)_minmax(420px,42%)]">
        <section
          ref={stage}
          id="stage"
          tabIndex={0}
          aria-label="The step"
          className="min-h-0 flex-1 overflow-y-auto border-line bg-panel px-[1.4em] py-[1.2em] text-[clamp(17px,1.65vw,34px)] leading-snug outline-none lg:order-2 lg:border-l"
        >
          {cursor === 0 && !asking ? (
            <Start />
          ) : (
            <>
              <h1 className="truncate text-[0.7em] text-dim">{titleOf({ title })}</h1>
              {asking ? <Question step={cursor + 1} guess={guess} onGuess={setGuess} /> : <Step step={cursor} />}
            </>
          )}
        </section>
        <div className="h-[42svh] flex-none border-t border-line lg:order-1 lg:h-auto lg:border-t-0">
          <Canvas quiet />
        </div>
      </div>
      <Footer asking={asking} onNext={talk.next} onBack={talk.back} />
    </main>
  )
}

/** Keys of a presentation: on, back, to the ends, out, and the letters of a question's choices. */
function useKeys({ asking, setGuess, next, back, leap }: Talk): void {
  const { cursor, ops } = useApp((s) => s.doc.scenario)
  const question = useQuestion(cursor + 1)
  useEffect(() => {
    const keys: Readonly<Record<string, () => void>> = {
      ArrowRight: next,
      PageDown: next,
      ' ': next,
      ArrowLeft: back,
      PageUp: back,
      Home: () => leap(0),
      End: () => leap(ops.length),
      Escape: leave,
      f: toggleScreen,
    }
    const onKey = (event: KeyboardEvent): void => {
      if (event.ctrlKey || event.metaKey || event.altKey) return
      const onButton = event.target instanceof HTMLElement && event.target.closest('button') !== null
      if (onButton && (event.key === ' ' || event.key === 'Enter')) return
      const choice = asking ? question?.choices[event.key.charCodeAt(0) - 97] : undefined
      const does = event.key.length === 1 && choice !== undefined ? () => setGuess(choice.key) : keys[event.key]
      if (does === undefined) return
      event.preventDefault()
      does()
    }
    window.addEventListener('keydown', onKey)
    return () => window.removeEventListener('keydown', onKey)
  }, [next, back, leap, asking, setGuess, question, ops.length])
}
