import { ArrowLeft, ArrowRight, Maximize, Moon, Sun, X } from 'lucide-react'
import type { ReactNode } from 'react'
import { isLight } from '../ui/theme.ts'
import { RESULT_DOT } from '../ui/tones.ts'
import { store, useApp } from '../store/store.ts'
import { useOutcome } from './useQuestion.ts'
import { Key } from './Slides.tsx'
import { leave, toggleScreen } from './full-screen.ts'

/** The steps as marks, and buttons for what the keys do. */
export function Footer(props: { asking: boolean; onNext: () => void; onBack: () => void }): ReactNode {
  const { asking, onNext, onBack } = props
  const steps = useApp((s) => s.run.steps.length)
  const cursor = useApp((s) => s.doc.scenario.cursor)
  const theme = useApp((s) => s.settings.theme)
  const light = isLight(theme)
  const button = 'button size-10 justify-center p-0'
  return (
    <footer className="flex flex-none items-center gap-2 border-t border-line bg-panel px-3 py-2">
      <button type="button" className={button} aria-label="Back" disabled={cursor === 0 && !asking} onClick={onBack}>
        <ArrowLeft size={18} />
      </button>
      <button
        type="button"
        className={`${button} button-primary`}
        aria-label={asking ? 'Show what happens' : 'Next'}
        disabled={cursor >= steps}
        onClick={onNext}
      >
        <ArrowRight size={18} />
      </button>
      <span className="min-w-14 text-center font-mono text-[14px] text-dim" data-testid="position">
        {cursor} / {steps}
      </span>
      <Marks />
      <span className="hidden text-[12.5px] text-dim xl:inline">
        <Key>→</Key> <Key>←</Key> steps · <Key>F</Key> full screen · <Key>Esc</Key> leaves
      </span>
      {document.fullscreenEnabled && (
        <button type="button" className={button} aria-label="Full screen" onClick={toggleScreen}>
          <Maximize size={18} />
        </button>
      )}
      <button
        type="button"
        className={button}
        aria-label={light ? 'Switch to the dark theme' : 'Switch to the light theme'}
        onClick={() => store.getState().setSettings({ theme: light ? 'dark' : 'light' })}
      >
        {light ? <Moon size={18} /> : <Sun size={18} />}
      </button>
      <button type="button" className={button} aria-label="Leave the presentation" onClick={leave}>
        <X size={18} />
      </button>
    </footer>
  )
}

/** How far it is: a mark for each step, where there is room for them. Those to come tell nothing. */
function Marks(): ReactNode {
  const steps = useApp((s) => s.run.steps)
  const cursor = useApp((s) => s.doc.scenario.cursor)
  const outcome = useOutcome(cursor)
  return (
    <div className="flex h-2 min-w-0 flex-1 gap-0.5 overflow-hidden rounded-full" aria-hidden="true">
      {steps.length <= 60 ? (
        steps.map((_, index) => (
          <span
            key={index}
            className={`flex-1 ${index === cursor - 1 && outcome !== null ? RESULT_DOT[outcome.result.tone] : index < cursor ? 'bg-user' : 'bg-line2'}`}
          />
        ))
      ) : (
        <span className="bg-user" style={{ width: `${(100 * cursor) / steps.length}%` }} />
      )}
    </div>
  )
}
