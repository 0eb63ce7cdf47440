import {
  ChevronFirst,
  ChevronLast,
  GitBranch,
  MonitorPlay,
  NotebookPen,
  Pause,
  Play,
  Redo2,
  StepBack,
  StepForward,
  Undo2,
} from 'lucide-react'
import { useEffect, useRef, useState, type KeyboardEvent, type PointerEvent, type ReactNode } from 'react'
import { describeOp, describeResult } from '../../explain/index.ts'
import type { Op } from '../../sim/op.ts'
import type { Step } from '../../sim/replay.ts'
import type { World } from '../../sim/world.ts'
import { present } from '../commands/present.ts'
import { RESULT_DOT, RESULT_TEXT } from '../ui/tones.ts'
import { openQuestion } from '../store/document.ts'
import { store, useApp } from '../store/store.ts'

const PLAY_EVERY_MS = 1100

/** The place in time, coloured by the answer of the step just done. */
const KNOB = {
  ok: 'border-user bg-panel',
  info: 'border-user bg-panel',
  bad: 'border-bad bg-bad-bg',
  wait: 'border-warn bg-warn-bg',
  bug: 'border-bad-solid bg-bad-solid',
} as const

/** The step from which on nothing is told, because a question comes before it; Infinity if there is none. */
function useUntold(): number {
  return useApp((s) => (s.teaching ? Infinity : openQuestion(s.doc.scenario, s.answers)))
}

/** Time: where we are, how to go elsewhere, and the endings that were left. */
export function Scrubber(): ReactNode {
  const steps = useApp((s) => s.run.steps)
  const cursor = useApp((s) => s.doc.scenario.cursor)
  const branches = useApp((s) => s.doc.branches)
  const world = useApp((s) => s.run.world)
  const canUndo = useApp((s) => s.past.length > 0)
  const canRedo = useApp((s) => s.future.length > 0)
  const inLesson = useApp((s) => s.lesson !== null)
  const teaching = useApp((s) => s.teaching)
  const untold = useUntold()
  const [playing, setPlaying] = useState(false)
  const { go, undo, redo, take } = store.getState()

  useEffect(() => {
    if (!playing) return undefined
    if (cursor >= Math.min(steps.length, untold - 1)) {
      setPlaying(false)
      return undefined
    }
    const timer = setTimeout(() => go(cursor + 1), PLAY_EVERY_MS)
    return () => clearTimeout(timer)
  }, [playing, cursor, steps.length, untold, go])

  const onKey = (event: KeyboardEvent): void => {
    const to = { ArrowLeft: cursor - 1, ArrowRight: cursor + 1, Home: 0, End: steps.length }[event.key]
    if (to === undefined) return
    event.preventDefault()
    go(to)
  }

  const here = steps[cursor - 1]
  const knob = here === undefined ? 'border-user bg-panel' : KNOB[describeResult(here.result).tone]

  const seek = (event: PointerEvent<HTMLElement>): void => {
    const box = event.currentTarget.getBoundingClientRect()
    go(Math.round(((event.clientX - box.left) / box.width) * steps.length))
  }

  return (
    <div className="flex flex-wrap items-center gap-x-2 gap-y-1 border-b border-line px-3 py-1.5">
      <div className="flex items-center gap-1">
        <IconButton label="Undo" keys="Control+Z" disabled={!canUndo} onClick={undo}>
          <Undo2 size={15} />
        </IconButton>
        <IconButton label="Redo" keys="Control+Shift+Z" disabled={!canRedo} onClick={redo}>
          <Redo2 size={15} />
        </IconButton>
      </div>
      <div className="flex items-center gap-1">
        <IconButton label="Back to the start" disabled={cursor === 0} onClick={() => go(0)}>
          <ChevronFirst size={15} />
        </IconButton>
        <IconButton label="One step back" keys="[" disabled={cursor === 0} onClick={() => go(cursor - 1)}>
          <StepBack size={15} />
        </IconButton>
        <IconButton
          label={playing ? 'Pause' : 'Play the run'}
          disabled={steps.length === 0}
          onClick={() => {
            if (!playing && cursor >= steps.length) go(0)
            setPlaying(!playing)
          }}
        >
          {playing ? <Pause size={15} /> : <Play size={15} />}
        </IconButton>
        <IconButton label="One step on" keys="]" disabled={cursor >= steps.length} onClick={() => go(cursor + 1)}>
          <StepForward size={15} />
        </IconButton>
        <IconButton label="To the end" disabled={cursor >= steps.length} onClick={() => go(steps.length)}>
          <ChevronLast size={15} />
        </IconButton>
      </div>
      {!inLesson && (
        <div className="flex items-center gap-1">
          <IconButton label="Notes and questions" pressed={teaching} onClick={() => store.getState().teach(!teaching)}>
            <NotebookPen size={15} />
          </IconButton>
          <IconButton label="Present" disabled={steps.length === 0} onClick={present}>
            <MonitorPlay size={15} />
          </IconButton>
        </div>
      )}
      <div
        role="slider"
        tabIndex={0}
        aria-label="Step"
        aria-valuemin={0}
        aria-valuemax={steps.length}
        aria-valuenow={cursor}
        aria-valuetext={cursor === 0 ? 'freshly booted' : `after step ${cursor} of ${steps.length}`}
        className="relative mx-2 h-8 min-w-24 flex-1 cursor-pointer touch-none"
        onKeyDown={onKey}
        onPointerDown={(event) => {
          event.currentTarget.setPointerCapture(event.pointerId)
          seek(event)
        }}
        onPointerMove={(event) => {
          if (event.buttons !== 0) seek(event)
        }}
      >
        <div className="absolute top-1/2 right-0 left-0 h-1 -translate-y-1/2 rounded bg-line2" />
        <div
          className="absolute top-1/2 left-0 h-1 -translate-y-1/2 rounded bg-user"
          style={{ width: `${steps.length === 0 ? 0 : (100 * cursor) / steps.length}%` }}
        />
        {steps.length <= 120 &&
          steps.map((step, index) => (
            <span
              key={index}
              className={`absolute top-1/2 size-2.5 -translate-x-1/2 -translate-y-1/2 rounded-full border-2 border-panel ${index + 1 >= untold ? 'bg-line2' : RESULT_DOT[describeResult(step.result).tone]}`}
              style={{ left: `${(100 * (index + 1)) / steps.length}%` }}
            />
          ))}
        <span
          className={`absolute top-1/2 size-4 -translate-x-1/2 -translate-y-1/2 rounded-full border-[3px] ${knob}`}
          style={{ left: `${steps.length === 0 ? 0 : (100 * cursor) / steps.length}%` }}
        />
      </div>
      <span className="font-mono text-[12px] text-dim" data-testid="position">
        {cursor} / {steps.length}
      </span>
      {branches.length > 0 && (
        <div className="flex basis-full flex-wrap items-center gap-1.5 pb-0.5 text-[12px] text-dim">
          <span>Other endings:</span>
          {branches.map((branch, index) => (
            <button
              key={index}
              type="button"
              className="button min-h-7 px-2 py-0.5 text-[12px]"
              onClick={() => take(branch)}
            >
              <GitBranch size={13} /> after step {branch.at}: {endingWords(world, branch.ops)}
            </button>
          ))}
        </div>
      )}
    </div>
  )
}

/** What another ending began with, and how long it was. */
function endingWords(world: World, ops: readonly Op[]): string {
  const [first] = ops
  if (first === undefined) return 'nothing'
  const more = ops.length - 1
  return `${describeOp(world, first).words}${more === 0 ? '' : `, and ${more} more`}`
}

function IconButton(props: {
  label: string
  keys?: string
  disabled?: boolean
  pressed?: boolean
  onClick: () => void
  children: ReactNode
}): ReactNode {
  const { label, keys, disabled = false, pressed, onClick, children } = props
  return (
    <button
      type="button"
      aria-pressed={pressed}
      className={`button size-8 justify-center p-0 ${pressed === true ? 'border-user! bg-user-bg! text-user!' : ''}`}
      aria-label={label}
      title={keys === undefined ? label : `${label} (${keys.replace('Control', 'Ctrl')})`}
      disabled={disabled}
      onClick={onClick}
      {...(keys === undefined ? {} : { 'aria-keyshortcuts': keys })}
    >
      {children}
    </button>
  )
}

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
