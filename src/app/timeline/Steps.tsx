import { useEffect, useRef, useState, type ReactNode } from 'react'
import { describeOp, describeResult } from '../../explain/index.ts'
import type { Step } from '../../sim/replay.ts'
import { store, useApp } from '../store/store.ts'
import { RESULT_TEXT } from '../ui/tones.ts'
import { useUntold } from './useUntold.ts'

const ROW = 27
const WINDOW = 60

/** The operations with their results; a click goes there. Long runs draw only the rows in view. */
export function Steps(): ReactNode {
  const steps = useApp((s) => s.run.steps)
  const cursor = useApp((s) => s.doc.scenario.cursor)
  const notes = useApp((s) => s.doc.scenario.notes)
  const predictions = useApp((s) => s.doc.scenario.predictions)
  const untold = useUntold()
  const list = useRef<HTMLDivElement>(null)
  const [top, setTop] = useState(0)
  const windowed = steps.length > 200
  const first = windowed ? Math.max(0, Math.floor(top / ROW) - 10) : 0
  const last = windowed ? Math.min(steps.length, first + WINDOW) : steps.length

  useEffect(() => {
    const element = list.current
    if (element === null) return
    const y = cursor * ROW
    if (y < element.scrollTop + ROW || y > element.scrollTop + element.clientHeight - ROW) {
      element.scrollTop = y - element.clientHeight / 2
    }
  }, [cursor, steps])

  return (
    <div
      ref={list}
      className="h-full overflow-y-auto px-2 py-1.5 font-mono text-[12px]"
      role="list"
      aria-label="Steps"
      data-testid="steps"
      tabIndex={0}
      onScroll={(event) => setTop(event.currentTarget.scrollTop)}
    >
      <div style={{ height: first * ROW }} role="presentation" />
      {first === 0 && (
        <Row
          index={-1}
          current={cursor === 0}
          asks={false}
          told
          {...(notes?.['0'] === undefined ? {} : { note: notes['0'] })}
        />
      )}
      {steps.slice(first, last).map((step, offset) => {
        const index = first + offset
        const note = notes?.[String(index + 1)]
        return (
          <Row
            key={index}
            index={index}
            step={step}
            current={cursor === index + 1}
            asks={predictions?.[String(index + 1)] !== undefined}
            told={index + 1 < untold}
            {...(note === undefined ? {} : { note })}
          />
        )
      })}
      <div style={{ height: (steps.length - last) * ROW }} role="presentation" />
    </div>
  )
}

function Row({
  index,
  step,
  current,
  asks,
  told,
  note,
}: {
  index: number
  step?: Step
  current: boolean
  /** Something is asked before the step. */
  asks: boolean
  /** Its answer may be seen. */
  told: boolean
  note?: string
}): ReactNode {
  const world = useApp((s) => s.run.world)
  const result = step === undefined || !told ? null : describeResult(step.result)
  return (
    <div role="listitem">
      <button
        type="button"
        className={`flex h-[27px] w-full items-center gap-2.5 rounded-md px-2 text-left whitespace-nowrap ${current ? 'bg-panel2 ring-1 ring-line2' : 'hover:bg-panel2'}`}
        aria-current={current ? 'step' : undefined}
        title={told ? note : undefined}
        onClick={() => store.getState().go(index + 1)}
      >
        <span className="w-5 flex-none text-right text-faint">{index + 1}</span>
        <span className="truncate">
          {step === undefined ? <span className="text-faint">freshly booted</span> : describeOp(world, step.op).call}
        </span>
        {note !== undefined && (
          <span className="flex-none text-user" aria-label="has a note" role="img">
            ✎
          </span>
        )}
        {asks && (
          <span className="flex-none font-bold text-user" aria-label="asks first" role="img">
            ?
          </span>
        )}
        {step !== undefined && told && step.completes.length > 0 && (
          <span className="flex-none text-warn">releases {step.completes.map((done) => done.step + 1).join(', ')}</span>
        )}
        {result !== null && (
          <span className={`ml-auto flex-none ${RESULT_TEXT[result.tone]}`}>
            {result.glyph} {result.word}
          </span>
        )}
      </button>
    </div>
  )
}
