import { ArrowLeft, ArrowRight, Check, RotateCcw, X } from 'lucide-react'
import { useCallback, useEffect, useMemo, useRef, useState, type ReactNode } from 'react'
import type { Lesson } from '../../scenario/course/lesson.ts'
import { rightChoices } from '../../scenario/course/lesson-check.ts'
import { store, useApp } from '../store/store.ts'
import { pictureAt } from '../../scenario/course/lesson-picture.ts'
import { directionOf } from './direction.ts'
import { firstOpen, sceneAt, standsAt } from './course.ts'
import { LESSONS } from './lessons.ts'
import { Parts, type Visit } from './Parts.tsx'
import { forgetProgress, noteProgress, progressOf, useProgress } from './useProgress.ts'
import { Stage } from './Stage.tsx'

/** A lesson beside its canvas. */
export function LessonPlay({ slug }: { slug: string }): ReactNode {
  const lesson = LESSONS.find((one) => one.slug === slug)
  if (lesson === undefined) {
    return (
      <div className="grid justify-items-start gap-3 p-6">
        <h2 className="text-[18px] font-semibold">There is no lesson “{slug}”</h2>
        <p className="text-dim">Perhaps its address was cut on the way here.</p>
        <button type="button" className="button button-primary" onClick={() => store.getState().show('lessons')}>
          All lessons
        </button>
      </div>
    )
  }
  return <Playing lesson={lesson} />
}

/** Puts the scene of a place in the lesson on the canvas, unless the canvas stands there already. */
function stageAt(lesson: Lesson, card: number, part: number): void {
  const scene = sceneAt(lesson, card, part)
  const { doc, stage } = store.getState()
  if (scene !== undefined && !standsAt(doc.scenario, scene)) stage(scene)
}

function visitOf(lesson: Lesson, card: number): Visit {
  return { card, part: firstOpen(lesson.cards[card]?.parts ?? [], 0), answers: {}, reached: {} }
}

/** Lets the card and what is done of it say what the picture shows. */
function useDirection(lesson: Lesson, { card, part }: Visit): void {
  const world = useApp((s) => s.run.world)
  const picture = useMemo(() => pictureAt(lesson, card, part), [lesson, card, part])
  const open = lesson.cards[card]?.parts[part]
  useEffect(() => store.getState().direct(directionOf(picture, world, open)), [picture, world, open])
  // The lens is chosen where a card begins or asks for another one; then a person may choose.
  useEffect(() => store.getState().setLens(picture.lens), [card, picture.lens])
  useEffect(() => () => store.getState().direct(null), [])
}

function Playing({ lesson }: { lesson: Lesson }): ReactNode {
  const { slug, cards } = lesson
  const [visit, setVisit] = useState(() => {
    const { card, done } = progressOf(slug)
    return visitOf(lesson, done ? 0 : Math.min(card, cards.length - 1))
  })
  const [ended, setEnded] = useState(false)
  const heading = useRef<HTMLHeadingElement>(null)

  // The canvas follows the card: its run is the lesson's.
  useEffect(() => {
    stageAt(lesson, visit.card, firstOpen(cards[visit.card]?.parts ?? [], 0))
    noteProgress(slug, () => ({ card: visit.card }))
    // Only a card that is entered is staged; what is done within it stays.
  }, [lesson, slug, cards, visit.card])

  useDirection(lesson, visit)

  const enter = useCallback(
    (card: number): void => {
      stageAt(lesson, card, firstOpen(cards[card]?.parts ?? [], 0))
      setVisit(visitOf(lesson, card))
      setEnded(false)
      setTimeout(() => heading.current?.focus())
    },
    [lesson, cards],
  )
  const card = cards[visit.card]
  if (card === undefined) return null
  const complete = visit.part >= card.parts.length
  const last = visit.card === cards.length - 1
  const number = LESSONS.indexOf(lesson) + 1

  const words = (
    <>
      <header className="flex flex-none items-start gap-2 border-b border-line px-4 py-2.5">
        <div className="min-w-0 flex-1">
          <p className="section-title">
            Lesson {number} of {LESSONS.length}
          </p>
          <p className="truncate text-[14px] font-semibold">{lesson.title}</p>
          <CardBar cards={cards.length} card={visit.card} ended={ended} />
        </div>
        <button
          type="button"
          className="rounded p-1.5 text-dim hover:text-ink"
          aria-label="Leave the lesson"
          title="All lessons"
          onClick={() => store.getState().show('lessons')}
        >
          <X size={16} />
        </button>
      </header>
      {ended ? (
        <End lesson={lesson} number={number} onAgain={() => enter(0)} heading={heading} />
      ) : (
        <>
          <div
            className="min-h-0 flex-1 overflow-y-auto px-4 pt-3.5 pb-5"
            data-testid="card"
            tabIndex={0}
            role="region"
            aria-label="Words of the lesson"
          >
            <h2 ref={heading} tabIndex={-1} className="mb-2 text-[18px] leading-snug font-semibold outline-none">
              {card.title}
            </h2>
            <Parts key={visit.card} lesson={lesson} visit={visit} onVisit={setVisit} />
          </div>
          <footer className="flex flex-none items-center gap-2 border-t border-line px-4 py-2.5">
            <button type="button" className="button" disabled={visit.card === 0} onClick={() => enter(visit.card - 1)}>
              <ArrowLeft size={14} /> Back
            </button>
            <button
              type="button"
              className="button size-8 justify-center p-0"
              aria-label="Begin this card anew"
              title="Begin this card anew"
              onClick={() => {
                const scene = sceneAt(lesson, visit.card, firstOpen(card.parts, 0))
                if (scene !== undefined) store.getState().stage(scene)
                setVisit(visitOf(lesson, visit.card))
              }}
            >
              <RotateCcw size={14} />
            </button>
            <button
              type="button"
              className={`button ml-auto ${complete ? 'button-primary' : ''}`}
              data-testid="next"
              onClick={() => {
                if (!last) {
                  enter(visit.card + 1)
                  return
                }
                noteProgress(slug, () => ({ done: true, card: 0 }))
                setEnded(true)
                setTimeout(() => heading.current?.focus())
              }}
            >
              {complete ? (last ? 'Finish' : 'Next') : 'Skip'} <ArrowRight size={14} />
            </button>
          </footer>
        </>
      )}
    </>
  )
  return <Stage words={words} />
}

function CardBar({ cards, card, ended }: { cards: number; card: number; ended: boolean }): ReactNode {
  return (
    <div className="mt-1.5 flex items-center gap-1" role="img" aria-label={`Card ${card + 1} of ${cards}`}>
      {Array.from({ length: cards }, (_, index) => (
        <span
          key={index}
          className={`h-1 flex-1 rounded-full ${ended || index < card ? 'bg-ok' : index === card ? 'bg-user' : 'bg-line2'}`}
        />
      ))}
    </div>
  )
}

/** How it went, and what comes next. */
function End(props: {
  lesson: Lesson
  number: number
  onAgain: () => void
  heading: React.RefObject<HTMLHeadingElement | null>
}): ReactNode {
  const { lesson, number, onAgain, heading } = props
  const progress = useProgress()[lesson.slug]
  const next = LESSONS[number]
  const predictions = useMemo(
    () =>
      lesson.cards.flatMap((card, at) =>
        card.parts.flatMap((part, index) =>
          part.kind === 'predict' ? [{ key: `${at}.${index}`, right: rightChoices(part)[0] }] : [],
        ),
      ),
    [lesson],
  )
  const goals = lesson.cards.flatMap((card, at) =>
    card.parts.flatMap((part, index) => (part.kind === 'goal' ? [{ key: `${at}.${index}`, par: part.par }] : [])),
  )
  const right = predictions.filter(({ key, right: choice }) => progress?.answers[key] === choice).length
  const reached = goals.filter(({ key }) => progress?.goals[key] !== undefined).length
  const atPar = goals.filter(({ key, par }) => (progress?.goals[key] ?? Infinity) <= par).length
  return (
    <div className="grid flex-1 content-start gap-3 overflow-y-auto px-4 py-4 text-[14px]" data-testid="lesson-end">
      <h2 ref={heading} tabIndex={-1} className="text-[18px] font-semibold outline-none">
        <Check size={18} className="mr-1.5 inline text-ok" aria-hidden="true" />
        Lesson {number} is done
      </h2>
      <ul className="grid gap-1 text-dim">
        {predictions.length > 0 && (
          <li>
            {right} of {predictions.length} {predictions.length === 1 ? 'prediction' : 'predictions'} right at the first
            try
          </li>
        )}
        {goals.length > 0 && (
          <li>
            {reached} of {goals.length} {goals.length === 1 ? 'goal' : 'goals'} reached, {atPar} at par
          </li>
        )}
      </ul>
      <div className="flex flex-wrap gap-2">
        {next !== undefined ? (
          <button
            type="button"
            className="button button-primary"
            onClick={() => store.getState().startLesson(next.slug)}
          >
            Next lesson: {next.title} <ArrowRight size={14} />
          </button>
        ) : (
          <button type="button" className="button button-primary" onClick={() => store.getState().show('debate')}>
            The debate, question by question <ArrowRight size={14} />
          </button>
        )}
        <PlayOn />
        <button type="button" className="button" onClick={() => store.getState().show('lessons')}>
          All lessons
        </button>
        <button
          type="button"
          className="button"
          onClick={() => {
            forgetProgress(lesson.slug)
            onAgain()
          }}
        >
          Once more
        </button>
      </div>
    </div>
  )
}

/** Takes the lesson's run out of the lesson, to play with. */
function PlayOn(): ReactNode {
  const scenario = useApp((s) => s.doc.scenario)
  return (
    <button type="button" className="button" onClick={() => store.getState().open(scenario)}>
      Play on with this run
    </button>
  )
}
