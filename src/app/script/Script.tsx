import { useMemo, useState, type ReactNode } from 'react'
import { readAny, type TextProblem } from '../../scenario/script/read.ts'
import { printScript } from '../../scenario/script/script.ts'
import { store, useApp } from '../store/store.ts'

const DRAFT = 'script'

/** The run as text, to read, change and run. */
export function Script(): ReactNode {
  const scenario = useApp((s) => s.doc.scenario)
  const own = typeof scenario.machine !== 'string'
  const printed = useMemo(
    () => (own ? `${JSON.stringify(scenario, null, 2)}\n` : printScript(scenario)),
    [scenario, own],
  )
  const draft = useApp((s) => s.drafts[DRAFT])
  const text = draft ?? printed
  const [problems, setProblems] = useState<readonly TextProblem[]>([])
  const changed = text !== printed
  const { draft: write } = store.getState()
  const setText = (next: string): void => {
    write(DRAFT, next === printed ? undefined : next)
    setProblems([])
  }

  const run = (): void => {
    const reading = readAny(text)
    if (!reading.ok) {
      setProblems(reading.problems)
      return
    }
    setProblems([])
    const { doc, open, show } = store.getState()
    open(reading.scenario)
    // A run that could not be opened leaves its text.
    if (store.getState().doc === doc) return
    write(DRAFT, undefined)
    show('play')
  }

  return (
    <div className="mx-auto flex h-full max-w-[1080px] flex-col gap-3 p-4 sm:p-6">
      <div>
        <h2 className="text-[18px] font-semibold">Script</h2>
        <p className="text-dim">
          {own
            ? 'A script names a machine that ships with the page. This one is your own and has to be in the text itself, so the run stands here as JSON: the operations are at its end. '
            : 'The run as text. '}
          Change it and run it, or paste a script, a JSON file or a link. Lines that begin with{' '}
          <code className="font-mono">#:</code> are the note of the next step, one with{' '}
          <code className="font-mono">#? answer</code> asks for its answer first.
        </p>
      </div>
      <textarea
        aria-label="Script of the run"
        aria-invalid={problems.length > 0}
        aria-describedby="script-problems"
        className="min-h-64 flex-1 resize-none rounded-xl border border-line bg-panel p-3 font-mono text-[12.5px] leading-relaxed"
        spellCheck={false}
        value={text}
        onChange={(event) => setText(event.target.value)}
        onKeyDown={(event) => {
          if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) run()
        }}
      />
      <div id="script-problems" role="alert">
        {problems.length > 0 && (
          <ul className="grid gap-1 rounded-lg bg-bad-bg px-3 py-2 text-bad">
            {problems.map((problem, index) => (
              <li key={index}>
                {problem.line === undefined ? '' : `line ${problem.line}, column ${problem.column ?? 1}: `}
                {problem.place === undefined || problem.place === '' ? '' : `${problem.place}: `}
                {problem.words}
              </li>
            ))}
          </ul>
        )}
      </div>
      <div className="flex gap-2">
        <button type="button" className="button button-primary" onClick={run}>
          Run it (Ctrl Enter)
        </button>
        <button type="button" className="button" disabled={!changed} onClick={() => setText(printed)}>
          Back to the present run
        </button>
        {changed && <span className="self-center text-[12px] text-dim">Changed, and not run yet.</span>}
      </div>
    </div>
  )
}
