import { Play } from 'lucide-react'
import { useEffect, useRef, type ReactNode } from 'react'
import type { Lesson, Part, SetupPart } from '../../scenario/course/lesson.ts'
import { kernelName } from '../ui/kernels.ts'
import { store } from '../store/store.ts'
import { firstOpen } from './course.ts'
import { noteProgress } from './useProgress.ts'
import { Prose } from './Prose.tsx'
import { Goal } from './Goal.tsx'
import { Predict } from './Predict.tsx'
import { Script } from './Script.tsx'

/** One stay at a card. */
export interface Visit {
  readonly card: number
  /** The first part in which there is something left to do. */
  readonly part: number
  /** Choices made in predictions, by part. */
  readonly answers: Readonly<Record<number, number>>
  /** Operations that a goal took, by part; null where they cannot be counted. */
  readonly reached: Readonly<Record<number, number | null>>
}

/** A card down to the first thing that is left to do. */
export function Parts(props: { lesson: Lesson; visit: Visit; onVisit: (visit: Visit) => void }): ReactNode {
  const { lesson, visit, onVisit } = props
  const parts = lesson.cards[visit.card]?.parts ?? []
  const done = (index: number, change: Partial<Visit>): void =>
    onVisit({ ...visit, part: firstOpen(parts, index + 1), ...change })
  const card = useRef<HTMLDivElement>(null)
  const first = firstOpen(parts, 0)
  const open = parts[visit.part]?.kind
  const follows = open !== undefined && open !== 'setup'
  // What has just been uncovered comes into view; where words and picture share one column, from what was done.
  useEffect(() => {
    if (visit.part === first) return
    const beside = matchMedia('(min-width: 1000px)').matches
    const done = [...(card.current?.querySelectorAll('[data-part]') ?? [])]
    const last = done.at(follows ? -2 : -1)
    if (beside || last === undefined)
      card.current?.lastElementChild?.scrollIntoView({ block: 'nearest', behavior: 'smooth' })
    else last.scrollIntoView({ block: 'start', behavior: 'smooth' })
  }, [visit.part, first, follows])
  return (
    <div ref={card} className="grid gap-3 text-[14px] leading-[1.6]">
      {parts.slice(0, visit.part + 1).map((part, index) => (
        <PartOf
          key={index}
          part={part}
          open={index === visit.part}
          answer={visit.answers[index]}
          reached={visit.reached[index]}
          onDone={() => done(index, {})}
          onAnswer={(choice) => {
            const key = `${visit.card}.${index}`
            // The first choice counts.
            noteProgress(lesson.slug, ({ answers }) => ({ answers: { [key]: choice, ...answers } }))
            done(index, { answers: { ...visit.answers, [index]: choice } })
          }}
          onReached={(ops) => {
            const key = `${visit.card}.${index}`
            noteProgress(lesson.slug, ({ goals }) => {
              const best = goals[key]
              const better = best === undefined || best === null || (ops !== null && ops < best)
              return better ? { goals: { ...goals, [key]: ops } } : {}
            })
            done(index, { reached: { ...visit.reached, [index]: ops } })
          }}
        />
      ))}
      <div />
    </div>
  )
}

function PartOf(props: {
  part: Part
  open: boolean
  answer: number | undefined
  reached: number | null | undefined
  onDone: () => void
  onAnswer: (choice: number) => void
  onReached: (ops: number | null) => void
}): ReactNode {
  const { part, open, onDone } = props
  switch (part.kind) {
    case 'words':
      return <Prose prose={part.prose} />
    case 'setup':
      return open ? <Setup part={part} onDone={onDone} /> : null
    case 'script':
      return <Script part={part} open={open} onDone={onDone} />
    case 'predict':
      return <Predict part={part} answer={props.answer} onAnswer={props.onAnswer} />
    case 'goal':
      return <Goal part={part} reached={props.reached} open={open} onReached={props.onReached} />
  }
}

/** Another machine, once the learner has seen enough of this one. */
function Setup({ part, onDone }: { part: SetupPart; onDone: () => void }): ReactNode {
  return (
    <button
      type="button"
      className="button button-primary justify-self-start"
      onClick={() => {
        store.getState().stage(part.after)
        onDone()
      }}
    >
      <Play size={14} /> Go on with {kernelName(part.after.kernel)}
    </button>
  )
}
