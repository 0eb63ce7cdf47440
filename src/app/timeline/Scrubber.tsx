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
import { useEffect, useState, type KeyboardEvent, type PointerEvent, type ReactNode } from 'react'
import { describeOp, describeResult } from '../../explain/index.ts'
import type { Op } from '../../sim/op.ts'
import type { World } from '../../sim/world.ts'
import { COMMANDS, type Command } from '../commands/commands.ts'
import { keyWords } from '../commands/keys.ts'
import { store, useApp } from '../store/store.ts'
import { RESULT_DOT } from '../ui/tones.ts'
import { useUntold } from './useUntold.ts'

const PLAY_EVERY_MS = 1100

/** The place in time, coloured by the answer of the step just done. */
const KNOB = {
  ok: 'border-user bg-panel',
  info: 'border-user bg-panel',
  bad: 'border-bad bg-bad-bg',
  wait: 'border-warn bg-warn-bg',
  bug: 'border-bad-solid bg-bad-solid',
} as const

/** Time: where we are, how to go elsewhere, and the endings that were left. */
export function Scrubber(): ReactNode {
  const length = useApp((s) => s.run.steps.length)
  const cursor = useApp((s) => s.doc.scenario.cursor)
  const inLesson = useApp((s) => s.lesson !== null)
  const teaching = useApp((s) => s.teaching)
  const { teach } = store.getState()
  return (
    <div className="flex flex-wrap items-center gap-x-2 gap-y-1 border-b border-line px-3 py-1.5">
      <div className="flex items-center gap-1">
        <CommandButton command={COMMANDS.undo} icon={<Undo2 size={15} />} />
        <CommandButton command={COMMANDS.redo} icon={<Redo2 size={15} />} />
      </div>
      <div className="flex items-center gap-1">
        <CommandButton command={COMMANDS.start} icon={<ChevronFirst size={15} />} />
        <CommandButton command={COMMANDS.back} icon={<StepBack size={15} />} />
        <PlayButton />
        <CommandButton command={COMMANDS.on} icon={<StepForward size={15} />} />
        <CommandButton command={COMMANDS.end} icon={<ChevronLast size={15} />} />
      </div>
      {!inLesson && (
        <div className="flex items-center gap-1">
          <IconButton label={COMMANDS.teach.label} pressed={teaching} onClick={() => teach(!teaching)}>
            <NotebookPen size={15} />
          </IconButton>
          <CommandButton command={COMMANDS.present} icon={<MonitorPlay size={15} />} />
        </div>
      )}
      <Slider />
      <span className="font-mono text-[12px] text-dim" data-testid="position">
        {cursor} / {length}
      </span>
      <Endings />
    </div>
  )
}

/** Goes on by itself, step by step, up to the next question. */
function PlayButton(): ReactNode {
  const length = useApp((s) => s.run.steps.length)
  const cursor = useApp((s) => s.doc.scenario.cursor)
  const untold = useUntold()
  const [playing, setPlaying] = useState(false)
  const { go } = store.getState()
  useEffect(() => {
    if (!playing) return undefined
    if (cursor >= Math.min(length, untold - 1)) {
      setPlaying(false)
      return undefined
    }
    const timer = setTimeout(() => go(cursor + 1), PLAY_EVERY_MS)
    return () => clearTimeout(timer)
  }, [playing, cursor, length, untold, go])
  return (
    <IconButton
      label={playing ? 'Pause' : 'Play the run'}
      disabled={length === 0}
      onClick={() => {
        if (!playing && cursor >= length) go(0)
        setPlaying(!playing)
      }}
    >
      {playing ? <Pause size={15} /> : <Play size={15} />}
    </IconButton>
  )
}

/** The steps as points on a line. A click goes to the nearest; the arrow keys, Home and End work as in any slider. */
function Slider(): ReactNode {
  const steps = useApp((s) => s.run.steps)
  const cursor = useApp((s) => s.doc.scenario.cursor)
  const untold = useUntold()
  const { go } = store.getState()
  const onKey = (event: KeyboardEvent): void => {
    const to = { ArrowLeft: cursor - 1, ArrowRight: cursor + 1, Home: 0, End: steps.length }[event.key]
    if (to === undefined) return
    event.preventDefault()
    go(to)
  }
  const seek = (event: PointerEvent<HTMLElement>): void => {
    const box = event.currentTarget.getBoundingClientRect()
    go(Math.round(((event.clientX - box.left) / box.width) * steps.length))
  }
  const here = steps[cursor - 1]
  const knob = here === undefined ? 'border-user bg-panel' : KNOB[describeResult(here.result).tone]
  const placeOf = (step: number): string => `${steps.length === 0 ? 0 : (100 * step) / steps.length}%`
  return (
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
      <div className="slider-track absolute top-1/2 right-0 left-0 h-1 -translate-y-1/2 rounded bg-line2" />
      <div
        className="slider-done absolute top-1/2 left-0 h-1 -translate-y-1/2 rounded bg-user"
        style={{ width: placeOf(cursor) }}
      />
      {steps.length <= 120 &&
        steps.map((step, index) => (
          <span
            key={index}
            className={`slider-step absolute top-1/2 size-2.5 -translate-x-1/2 -translate-y-1/2 rounded-full border-2 border-panel ${index + 1 >= untold ? 'bg-line2' : RESULT_DOT[describeResult(step.result).tone]}`}
            style={{ left: placeOf(index + 1) }}
          />
        ))}
      <span
        className={`slider-knob absolute top-1/2 size-4 -translate-x-1/2 -translate-y-1/2 rounded-full border-[3px] ${knob}`}
        style={{ left: placeOf(cursor) }}
      />
    </div>
  )
}

/** Endings that were left when something else was done earlier. */
function Endings(): ReactNode {
  const branches = useApp((s) => s.doc.branches)
  const world = useApp((s) => s.run.world)
  if (branches.length === 0) return null
  return (
    <div className="flex basis-full flex-wrap items-center gap-1.5 pb-0.5 text-[12px] text-dim">
      <span>Other endings:</span>
      {branches.map((branch, index) => (
        <button
          key={index}
          type="button"
          className="button min-h-7 px-2 py-0.5 text-[12px]"
          onClick={() => store.getState().take(branch)}
        >
          <GitBranch size={13} /> after step {branch.at}: {endingWords(world, branch.ops)}
        </button>
      ))}
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

/** A command as a button: enabled when it applies. */
function CommandButton({ command, icon }: { command: Command; icon: ReactNode }): ReactNode {
  const enabled = useApp((s) => command.applies(s))
  const { keys } = command
  return (
    <IconButton
      label={command.label ?? command.name}
      disabled={!enabled}
      onClick={() => command.run(store.getState())}
      {...(keys === undefined ? {} : { keys })}
    >
      {icon}
    </IconButton>
  )
}

function IconButton(props: {
  label: string
  keys?: readonly string[]
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
      title={keys?.[0] === undefined ? label : `${label} (${keyWords(keys[0])})`}
      // Disabled it would lose the keyboard at the end of the run.
      aria-disabled={disabled}
      onClick={disabled ? undefined : onClick}
      {...(keys === undefined ? {} : { 'aria-keyshortcuts': keys.join(' ') })}
    >
      {children}
    </button>
  )
}
