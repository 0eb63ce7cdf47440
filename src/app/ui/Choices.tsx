import { Check, X } from 'lucide-react'
import { useEffect, useRef, type ReactNode } from 'react'

interface Choice {
  readonly key: string
  readonly words: ReactNode
}

const NONE: readonly Choice[] = []

function letterOf(index: number): string {
  return String.fromCharCode(97 + index)
}

/** Lets the keys a, b, c and so on choose, wherever the keyboard is but in a field or a dialog. */
function useLetters(choices: readonly Choice[], onChoose: (key: string) => void): void {
  const latest = useRef({ choices, onChoose })
  useEffect(() => {
    latest.current = { choices, onChoose }
  })
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      const { target, key } = event
      const inField =
        target instanceof HTMLElement && target.closest('input, textarea, select, [role="dialog"]') !== null
      if (inField || event.ctrlKey || event.metaKey || event.altKey || key.length !== 1) return
      const choice = latest.current.choices[key.toLowerCase().charCodeAt(0) - 97]
      if (choice === undefined) return
      event.preventDefault()
      latest.current.onChoose(choice.key)
    }
    window.addEventListener('keydown', onKey)
    return () => window.removeEventListener('keydown', onKey)
  }, [])
}

/** The choices of a question. Once one is chosen, the right one is marked, and the chosen one if it is another. */
export function Choices(props: {
  choices: readonly Choice[]
  /** What was chosen; undefined while the question is open, `''` where it was only shown. */
  chosen: string | undefined
  right: string
  onChoose: (key: string) => void
  /** Beside each other, where there is room. */
  wide?: boolean
  /** As large as the words around them, with this one marked as a guess while the question is open. */
  large?: { readonly guess: string | undefined }
}): ReactNode {
  const { choices, chosen, right, onChoose, wide = false, large } = props
  const type = large === undefined ? 'px-2.5 py-2 text-[13.5px] leading-[1.45]' : 'px-[0.7em] py-[0.45em] leading-snug'
  const open = chosen === undefined
  useLetters(open && large === undefined ? choices : NONE, onChoose)
  return (
    <ul className={`grid gap-1.5 ${wide ? 'sm:grid-cols-2' : ''}`}>
      {choices.map(({ key, words }, index) => {
        const mine = chosen === key
        const guess = open && large?.guess === key
        const correct = !open && right === key
        const look = correct
          ? 'border-ok bg-ok-bg'
          : mine
            ? 'border-bad bg-bad-bg'
            : open
              ? `bg-panel hover:border-user ${guess ? 'border-user ring-2 ring-user' : 'border-line2'}`
              : 'border-line bg-panel text-dim'
        return (
          <li key={key}>
            <button
              type="button"
              className={`flex h-full w-full items-start gap-2 rounded-lg border text-left ${type} ${look}`}
              aria-pressed={mine || guess}
              aria-disabled={!open}
              {...(open ? { 'aria-keyshortcuts': letterOf(index) } : {})}
              onClick={() => {
                if (open) onChoose(key)
              }}
            >
              <span className="w-[1.2em] flex-none text-center font-mono" aria-hidden="true">
                {correct ? (
                  <Check size="1.1em" className="inline text-ok" />
                ) : mine ? (
                  <X size="1.1em" className="inline text-bad" />
                ) : (
                  letterOf(index)
                )}
              </span>
              <span className="min-w-0 flex-1">
                {words}
                {correct && <span className="sr-only"> (this is how it is)</span>}
              </span>
            </button>
          </li>
        )
      })}
    </ul>
  )
}
