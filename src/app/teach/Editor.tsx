import { MonitorPlay, Share2 } from 'lucide-react'
import { useEffect, useRef, useState, type ReactNode } from 'react'
import { describeOp } from '../../explain/index.ts'
import { shortBdf } from '../../explain/words.ts'
import { LIMITS, plainWords, type Prediction } from '../../scenario/document/scenario.ts'
import { COMMANDS } from '../commands/commands.ts'
import { store, useApp } from '../store/store.ts'
import { mainGroup } from '../store/view.ts'
import { useQuestion } from './useQuestion.ts'
import { CloseButton } from '../ui/CloseButton.tsx'

/** Makes a lesson of the run: words for the step at the cursor, and what is asked before it. */
export function Editor(): ReactNode {
  const run = useApp((s) => s.run)
  const { cursor, ops } = useApp((s) => s.doc.scenario)
  const op = ops[cursor - 1]
  const { go, teach } = store.getState()
  const box = useRef<HTMLElement>(null)
  // It opens above the picture, which may be scrolled away on a narrow screen.
  useEffect(() => {
    box.current?.scrollIntoView({ block: 'nearest' })
    box.current?.focus({ preventScroll: true })
  }, [])
  return (
    <section
      ref={box}
      tabIndex={-1}
      aria-label="Notes and questions"
      data-testid="editor"
      className="max-h-[52vh] flex-none overflow-y-auto border-b border-line bg-panel px-3.5 py-2.5"
    >
      <div className="flex items-start gap-2">
        <p className="min-w-0 flex-1 text-[13px]">
          <b className="mr-1.5">{cursor === 0 ? 'The start' : `Step ${cursor} of ${ops.length}`}</b>
          {op === undefined
            ? 'The machine has just booted.'
            : describeOp(run.world, op, ops.slice(0, cursor - 1)).words}
        </p>
        <CloseButton label="Close notes and questions" className="p-1.5" onClick={() => teach(false)} />
      </div>
      <div key={cursor} className={`mt-1.5 grid gap-3 ${cursor === 0 ? '' : 'md:grid-cols-2'}`}>
        <Note step={cursor} />
        {cursor > 0 && <Question step={cursor} />}
      </div>
      <div className="mt-2 flex flex-wrap items-center gap-2">
        <button type="button" className="button" disabled={cursor === 0} onClick={() => go(cursor - 1)}>
          Step before
        </button>
        <button type="button" className="button" disabled={cursor === ops.length} onClick={() => go(cursor + 1)}>
          Next step
        </button>
        <span className="min-w-0 flex-1 basis-40 text-[12px] text-dim">
          {ops.length === 0
            ? 'Play some steps first: each can have a note and a question.'
            : 'All of it goes into the link.'}
        </span>
        <button type="button" className="button" onClick={() => COMMANDS.present.run(store.getState())}>
          <MonitorPlay size={14} /> Present
        </button>
        <button type="button" className="button" onClick={() => COMMANDS.share.run(store.getState())}>
          <Share2 size={14} /> Share the lesson
        </button>
      </div>
    </section>
  )
}

const FIELD = 'button w-full cursor-text font-normal'

function Note({ step }: { step: number }): ReactNode {
  const note = useApp((s) => s.doc.scenario.notes?.[String(step)] ?? '')
  const [text, setText] = useTyped(note, 'note')
  return (
    <label className="grid content-start gap-1">
      <span className="section-title">{step === 0 ? 'Note for the start' : 'Note on this step'}</span>
      <textarea
        className={`${FIELD} min-h-20 resize-y leading-normal`}
        rows={4}
        maxLength={LIMITS.note}
        placeholder={step === 0 ? 'What is this about?' : 'What is there to see here?'}
        value={text}
        onChange={(event) => {
          setText(event.target.value)
          store.getState().annotate(step, event.target.value)
        }}
      />
    </label>
  )
}

/**
 * Text that is being typed, with blanks at its end that the document leaves out. What comes from elsewhere, as by undo,
 * takes its place.
 */
function useTyped(kept: string, what: keyof typeof LIMITS & ('note' | 'question')): [string, (text: string) => void] {
  const [text, setText] = useState(kept)
  return [plainWords(text, what) === kept ? text : kept, setText]
}

const ABOUT = {
  none: 'Nothing: just show the step',
  answer: 'What the kernel answers',
  viable: 'Whether a group is viable then',
  isolated: 'Whether a group is isolated then',
  dma: 'Where DMA of a device goes then',
} as const
type About = keyof typeof ABOUT

function isAbout(word: string): word is About {
  return word in ABOUT
}

function Question({ step }: { step: number }): ReactNode {
  const prediction = useApp((s) => s.doc.scenario.predictions?.[String(step)] ?? null)
  const world = useApp((s) => s.run.world)
  const snapshot = useApp((s) => s.snapshot)
  const op = useApp((s) => s.doc.scenario.ops[step - 1])
  const question = useQuestion(step)
  const [text, setText] = useTyped(prediction?.question ?? '', 'question')
  const { ask } = store.getState()
  const set = (next: Prediction, typed = text): void => {
    const { question: _, ...rest } = next
    const words = plainWords(typed, 'question')
    ask(step, words === '' ? rest : { ...rest, question: words })
  }
  const choose = (about: About): void => {
    // The device that the step is about, or else the group that the run is about.
    const named = op !== undefined && 'device' in op ? world.deviceIndex.get(op.device) : undefined
    const group = world.groups[world.devices[named ?? -1]?.group ?? mainGroup(world, snapshot) ?? 0]
    const device = world.devices[named ?? group?.devices[0] ?? 0]
    if (about === 'none') ask(step, null)
    else if (about === 'answer') set({ about })
    else if (about === 'dma' && device !== undefined) set({ about, device: device.spec.bdf })
    else if (about !== 'dma' && group !== undefined) set({ about, group: String(group.id) })
  }
  return (
    <div className="grid content-start gap-1.5">
      <label className="grid gap-1">
        <span className="section-title">Ask before this step</span>
        <select
          className={FIELD}
          value={prediction?.about ?? 'none'}
          onChange={(event) => {
            if (isAbout(event.target.value)) choose(event.target.value)
          }}
        >
          {Object.entries(ABOUT).map(([about, words]) => (
            <option key={about} value={about}>
              {words}
            </option>
          ))}
        </select>
      </label>
      {prediction !== null && 'group' in prediction && (
        <Subject
          label="Group that is asked about"
          value={prediction.group}
          onChange={(group) => set({ ...prediction, group })}
          options={world.groups.map(({ id, devices }) => {
            const members = devices.map((device) => shortBdf(world.devices[device]?.spec.bdf ?? ''))
            return [String(id), `Group ${id}: ${members.join(', ')}`]
          })}
        />
      )}
      {prediction !== null && 'device' in prediction && (
        <Subject
          label="Device that is asked about"
          value={prediction.device}
          onChange={(device) => set({ ...prediction, device })}
          options={world.devices.map(({ spec }) => [spec.bdf, `${shortBdf(spec.bdf)} ${spec.name ?? ''}`])}
        />
      )}
      {prediction !== null && question !== null && (
        <>
          <input
            aria-label="Question in your own words"
            className={FIELD}
            maxLength={LIMITS.question}
            placeholder={prediction.question === undefined ? `${question.words} (or in your own words)` : ''}
            value={text}
            onChange={(event) => {
              setText(event.target.value)
              set(prediction, event.target.value)
            }}
          />
          <p className="text-[12px] text-dim">
            Choices, from the run:{' '}
            {question.choices.map(({ key, words }, index) => (
              <span key={key}>
                {index > 0 && ' · '}
                {key === question.right ? <b className="text-ok">✓ {words}</b> : words}
              </span>
            ))}
          </p>
        </>
      )}
    </div>
  )
}

/** Chooses what a question is about. */
function Subject(props: {
  label: string
  value: string
  onChange: (value: string) => void
  options: readonly (readonly [value: string, words: string])[]
}): ReactNode {
  const { label, value, onChange, options } = props
  return (
    <select aria-label={label} className={FIELD} value={value} onChange={(event) => onChange(event.target.value)}>
      {options.map(([each, words]) => (
        <option key={each} value={each}>
          {words}
        </option>
      ))}
    </select>
  )
}
